/*
 * The twenty rules in json-rules-engine: twenty.json states them, this file turns events into the facts that they name.
 *
 *     node twenty.js MODULES CASELOAD.JSON ANSWERS ROUNDS
 *
 * CASELOAD.JSON: {"today", "cases": [{"ref", "category", "born", "opened", "events": [[day, kind, value], ...]}, ...]}, days as
 * numbers, events by day and number, none after today. Each case is one run of the engine, as it is meant to be used; one that
 * has exited is none. Dates that a rule asks for are computed when it asks. Prints "time js SECONDS ..." (processor) and
 * writes the sorted list of the last round.
 */
"use strict";

const fs = require("fs");
const path = require("path");

const [modules, caseloadFile, answersFile, rounds] = process.argv.slice(2);
const { Engine } = require(path.join(modules, "json-rules-engine"));
const rules = JSON.parse(fs.readFileSync(path.join(__dirname, "twenty.json"), "utf8"));
const { today, cases } = JSON.parse(fs.readFileSync(caseloadFile, "utf8"));
const DAY_MS = 86400000;
const NEVER = -1000000;
const KINDS = ["custody", "community", "release", "recall", "level", "meeting", "planmeet", "review", "notify", "address", "order",
  "ordreview", "assess", "minutes", "visit", "victim", "referral", "breach", "transfer", "reldate", "exit"];

function addMonths(day, months) {
  const date = new Date(day * DAY_MS);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  return first / DAY_MS + Math.min(date.getUTCDate(), last) - 1;
}

/* What a case comes down to; null: nothing is owed any more. */
function readFacts(one) {
  const facts = { today, category: one.category, opened: one.opened, born: one.born, level: 0, "level-since": NEVER, since: NEVER,
    via: "none", placed: false, community: false, planned: false, months: 0 };
  let releaseOn = NEVER;
  for (const kind of KINDS) facts[kind] = NEVER;
  facts.release = NEVER;
  for (const [on, number, value] of one.events) {
    const kind = KINDS[number];
    if (kind === "exit") return null;
    if (kind !== "release" && kind !== "level") facts[kind] = on;
    if (number <= 3) {
      facts.placed = true;
      facts.via = kind;
      facts.since = on;
    } else if (kind === "level") {
      facts.level = value;
      facts["level-since"] = on;
    } else if (kind === "reldate") {
      facts.release = value;
      releaseOn = on;
    } else if (kind === "order") {
      facts.months = value;
    }
  }
  facts.community = facts.via === "community" || facts.via === "release";
  facts.planned = facts.placed && !facts.community && releaseOn >= facts.since;
  facts.start = Math.max(facts.since, facts["level-since"]);
  return facts;
}

const DATES = {
  "meeting-or-start-8-weeks": (f) => Math.max(f.meeting, f.start) + 56,
  "meeting-or-start-16-weeks": (f) => Math.max(f.meeting, f.start) + 112,
  "review-or-start-12-months": (f) => addMonths(Math.max(f.review, f.start), 12),
  "notify-or-since-12-months": (f) => addMonths(Math.max(f.notify, f.since), 12),
  "assess-or-start-6-months": (f) => addMonths(Math.max(f.assess, f.start), 6),
  "visit-or-start-4-weeks": (f) => Math.max(f.visit, f.start) + 28,
  "visit-or-start-3-months": (f) => addMonths(Math.max(f.visit, f.start), 3),
  "since-3-days": (f) => f.since + 3,
  "since-15-days": (f) => f.since + 15,
  "since-4-weeks": (f) => f.since + 28,
  "address-3-days": (f) => f.address + 3,
  "meeting-20-days": (f) => f.meeting + 20,
  "referral-10-days": (f) => f.referral + 10,
  "breach-5-days": (f) => f.breach + 5,
  "release-28-days": (f) => f.release - 28,
  "release-3-months": (f) => addMonths(f.release, -3),
  "release-6-months": (f) => addMonths(f.release, -6),
  "release-8-months": (f) => addMonths(f.release, -8),
  "order-ends-28-days": (f) => addMonths(f.order, f.months) - 28,
  "order-ends-3-months": (f) => addMonths(addMonths(f.order, f.months), -3),
  "of-age": (f) => addMonths(f.born, 216),
  "of-age-6-months": (f) => addMonths(f.born, 210),
};

function makeEngine() {
  const engine = new Engine(rules, { replaceFactsInEventParams: true });
  for (const [name, compute] of Object.entries(DATES))
    engine.addFact(name, async (params, almanac) => compute(await almanac.factValue("all")), { cache: true });
  return engine;
}

async function run(engine) {
  const answers = [];
  for (const one of cases) {
    const facts = readFacts(one);
    if (facts === null) continue;
    const { events } = await engine.run({ ...facts, all: facts });
    for (const { type, params } of events) answers.push([one.ref, type, params.due]);
  }
  return answers;
}

function line([ref, rule, due]) {
  const state = due < today ? "O" : due <= today + 28 ? "S" : "U";
  return `${ref},${rule},${new Date(due * DAY_MS).toISOString().slice(0, 10)},${state}\n`;
}

async function main() {
  const engine = makeEngine();
  const times = [];
  let answers = [];
  for (let round = 0; round < Number(rounds); round++) {
    const before = process.cpuUsage();
    answers = await run(engine);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1e6);
  }
  fs.writeFileSync(answersFile, answers.map(line).sort().join(""));
  console.log(`time js ${times.join(" ")}`);
}

main();
