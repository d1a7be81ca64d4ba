-- The twenty rules as one question over plain tables:
--   casefile (id, ref, category, born, opened), event (eid, case_id, on_day, kind, value), dates as YYYY-MM-DD.
-- Months are added by the calendar, clamped to the end of the month, which needs the lesser of two date() calls.
-- One pass over the index event_by_case (case_id, on_day, eid, kind, value) makes one row a case; the rules are read off it.
-- ?1 is the day asked about. Kinds are numbered as in caseload.h.
WITH
facts AS MATERIALIZED (
  SELECT case_id,
    max(CASE kind WHEN 5 THEN on_day END) AS meeting, max(CASE kind WHEN 6 THEN on_day END) AS planmeet,
    max(CASE kind WHEN 7 THEN on_day END) AS review, max(CASE kind WHEN 8 THEN on_day END) AS notify,
    max(CASE kind WHEN 9 THEN on_day END) AS address, max(CASE kind WHEN 11 THEN on_day END) AS ordreview,
    max(CASE kind WHEN 12 THEN on_day END) AS assess, max(CASE kind WHEN 13 THEN on_day END) AS minutes,
    max(CASE kind WHEN 14 THEN on_day END) AS visit, max(CASE kind WHEN 15 THEN on_day END) AS victim,
    max(CASE kind WHEN 16 THEN on_day END) AS referral, max(CASE kind WHEN 17 THEN on_day END) AS breach,
    max(CASE kind WHEN 18 THEN on_day END) AS transfer, max(CASE kind WHEN 3 THEN on_day END) AS recall,
    max(CASE kind WHEN 20 THEN 1 END) AS gone,
    -- the last of several kinds, by day and then number: day, number and what is wanted of it in one text
    max(CASE WHEN kind <= 3 THEN on_day || substr(eid + 1000000000, 2) || kind END) AS place,
    max(CASE kind WHEN 4 THEN on_day || substr(eid + 1000000000, 2) || value END) AS levelled,
    max(CASE kind WHEN 19 THEN on_day || substr(eid + 1000000000, 2) || value END) AS planned,
    max(CASE kind WHEN 10 THEN on_day || substr(eid + 1000000000, 2) || value END) AS ordered
  FROM event WHERE on_day <= ?1 GROUP BY case_id),
places AS (
  SELECT c.ref, c.category, c.born, c.opened, f.*,
    substr(place, 1, 10) AS since, CAST(substr(place, 20) AS INTEGER) AS via,
    substr(levelled, 1, 10) AS level_since, CAST(substr(levelled, 20) AS INTEGER) AS level,
    substr(ordered, 1, 10) AS ordered_on, CAST(substr(ordered, 20) AS INTEGER) AS order_months,
    min(date(c.born, '216 months'), date(c.born, 'start of month', '217 months', '-1 day')) AS of_age,
    min(date(c.born, '210 months'), date(c.born, 'start of month', '211 months', '-1 day')) AS nearly
  FROM facts f JOIN casefile c ON c.id = f.case_id WHERE gone IS NULL),
starts AS MATERIALIZED (
  SELECT *, via IN (1, 2) AS community, max(since, level_since) AS start,
    CASE WHEN via IN (0, 3) AND substr(planned, 1, 10) >= since THEN substr(planned, 20) END AS rel,
    min(date(ordered_on, order_months || ' months'),
        date(ordered_on, 'start of month', (order_months + 1) || ' months', '-1 day')) AS order_ends
  FROM places),
windows AS MATERIALIZED (
  SELECT *,
    min(date(rel, '-3 months'), date(rel, 'start of month', '-2 months', '-1 day')) AS rel3,
    min(date(rel, '-6 months'), date(rel, 'start of month', '-5 months', '-1 day')) AS rel6,
    min(date(rel, '-8 months'), date(rel, 'start of month', '-7 months', '-1 day')) AS rel8,
    min(date(order_ends, '-3 months'), date(order_ends, 'start of month', '-2 months', '-1 day')) AS ord3
  FROM starts),
months (ref, rule, anchor, months) AS (
  SELECT ref, 3, max(ifnull(review, ''), start), 12 FROM windows WHERE community AND level = 1
  UNION ALL SELECT ref, 8, max(ifnull(notify, ''), since), 12 FROM windows WHERE category = 1 AND community
  UNION ALL SELECT ref, 13, max(ifnull(assess, ''), start), 6 FROM windows WHERE start IS NOT NULL AND level >= 2
  UNION ALL SELECT ref, 16, max(ifnull(visit, ''), start), 3 FROM windows WHERE community AND level = 2),
due (ref, rule, due) AS (
  SELECT ref, rule, min(date(anchor, months || ' months'),
                        date(anchor, 'start of month', (months + 1) || ' months', '-1 day')) FROM months
  UNION ALL SELECT ref, 1, date(max(ifnull(meeting, ''), start), '56 days') FROM windows WHERE community AND level = 3
  UNION ALL SELECT ref, 2, date(max(ifnull(meeting, ''), start), '112 days') FROM windows WHERE community AND level = 2
  UNION ALL SELECT ref, 4, date(since, '28 days') FROM windows WHERE via = 1 AND level >= 2 AND ifnull(meeting < since, 1)
  UNION ALL SELECT ref, 5, rel FROM windows WHERE level >= 2 AND ?1 >= rel6 AND ifnull(planmeet < rel6, 1)
  UNION ALL SELECT ref, 6, rel6 FROM windows WHERE ?1 >= rel8 AND ifnull(level_since < since, 1)
  UNION ALL SELECT ref, 7, date(since, '28 days') FROM windows WHERE via = 3 AND ifnull(meeting < since, 1)
  UNION ALL SELECT ref, 9, date(since, '3 days') FROM windows WHERE category = 1 AND community AND ifnull(notify < since, 1)
  UNION ALL SELECT ref, 10, date(address, '3 days') FROM windows
    WHERE category = 1 AND community AND address IS NOT NULL AND ifnull(notify < address, 1)
  UNION ALL SELECT ref, 11, date(order_ends, '-28 days') FROM windows WHERE ?1 >= ord3 AND ifnull(ordreview < ord3, 1)
  UNION ALL SELECT ref, 12, date(since, '15 days') FROM windows WHERE community AND ifnull(assess < since, 1)
  UNION ALL SELECT ref, 14, date(meeting, '20 days') FROM windows WHERE meeting IS NOT NULL AND ifnull(minutes < meeting, 1)
  UNION ALL SELECT ref, 15, date(max(ifnull(visit, ''), start), '28 days') FROM windows WHERE community AND level = 3
  UNION ALL SELECT ref, 17, date(rel, '-28 days') FROM windows WHERE ?1 >= rel3 AND ifnull(victim < rel3, 1)
  UNION ALL SELECT ref, 18, date(referral, '10 days') FROM windows WHERE referral IS NOT NULL AND ifnull(level_since < referral, 1)
  UNION ALL SELECT ref, 19, date(breach, '5 days') FROM windows
    WHERE breach IS NOT NULL AND ifnull(meeting < breach, 1) AND ifnull(recall < breach, 1)
  UNION ALL SELECT ref, 20, of_age FROM windows WHERE of_age >= opened AND ?1 >= nearly AND ifnull(transfer < nearly, 1))
SELECT ref, rule, due, CASE WHEN due < ?1 THEN 'O' WHEN due <= date(?1, '28 days') THEN 'S' ELSE 'U' END FROM due
