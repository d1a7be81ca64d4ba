#!/usr/bin/python3
"""Pages: read by a strict parser, and by a checker of accessibility of its own; their figures against those of JSON; and plots on a terminal."""

import datetime
import json
import os
import pathlib
import pty
import re
import subprocess

import html5lib

from harness import MAPPACTL, BoxTest, main

TREE = pathlib.Path(__file__).resolve().parents[2]
RULES = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "rules").glob("*.cfg")}
CONTACTS = (TREE / "contrib" / "contacts.example.cfg").read_text(encoding="utf-8")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
OUTSIDE = re.compile(r"(?i)\b(?:https?:|//|file:|data:|javascript:|@import|expression\()")
ATTRIBUTES_THAT_FETCH = {"src", "href", "action", "data", "poster", "background", "srcset", "formaction", "ping", "cite"}
ELEMENTS_THAT_FETCH = {"script", "link", "iframe", "object", "embed", "img", "image", "video", "audio", "base", "form", "use", "foreignObject", "a", "animate"}


def name(element):
    return element.tag.rsplit("}", 1)[-1]


def words(element):
    return " ".join("".join(element.itertext()).split())


# ---- colours ----

def luminance(colour):
    """Of "#rrggbb", by WCAG 2.1."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


# ---- the checker ----

class Page:
    """A page and what is wrong with it."""

    def __init__(self, text):
        self.text, self.wrong = text, []
        self.tree = html5lib.HTMLParser(strict=True, tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False).parse(text)
        self.all = [element for element in self.tree.iter() if isinstance(element.tag, str)]
        for check in (self.document, self.headings, self.tables, self.pictures, self.references, self.colours, self.print):
            check()

    def find(self, tag):
        return [element for element in self.all if name(element) == tag]

    def need(self, truth, sentence):
        if not truth:
            self.wrong.append(sentence)

    def document(self):
        self.need(self.text.startswith("<!DOCTYPE html>\n"), "no doctype")
        self.need(self.tree.get("lang") == "en-GB", "no language")
        self.need(len(self.find("main")) == 1 and len(self.find("h1")) == 1, "one main, one h1")
        title = [element for element in self.find("title") if not element.get("id")]
        self.need(len(title) == 1 and words(title[0]), "no title")
        policy = [meta.get("content") for meta in self.find("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
        self.need(policy == [POLICY], "no policy")
        ids = [element.get("id") for element in self.all if element.get("id")]
        self.need(len(ids) == len(set(ids)), "an id twice")

    def headings(self):
        last = 0
        for element in self.all:
            if re.fullmatch("h[1-6]", name(element)):
                level = int(name(element)[1])
                self.need(level <= last + 1, f"h{level} after h{last}")
                self.need(words(element), "an empty heading")
                last = level

    def tables(self):
        for table in self.find("table"):
            caption = [element for element in table if name(element) == "caption"]
            self.need(len(caption) == 1 and words(caption[0]), "a table without a caption")
            for heading in table.iter("th"):
                self.need(heading.get("scope") in ("col", "row"), "a heading without a scope")
            rows = list(table.iter("tr"))
            self.need(len({len(row) for row in rows}) == 1, f"rows of different length in {words(caption[0])}")
            self.need(all(cell.get("scope") == "col" or not words(cell) for cell in rows[0]), "a cell among headings")
            for row in rows[1:]:
                heads = [cell for cell in row if name(cell) == "th"]
                self.need(len(heads) == 1 and heads[0].get("scope") == "row" and words(heads[0]), "a row without a heading, or with two")

    def pictures(self):
        for picture in self.find("svg"):
            if picture.get("aria-hidden") == "true":
                self.need(not list(picture.iter("{http://www.w3.org/2000/svg}text")), "words that are hidden")
                continue
            self.need(picture.get("role") == "img", "a picture without a role")
            by_id = {element.get("id"): element for element in picture.iter() if element.get("id")}
            named = [by_id.get(one) for one in (picture.get("aria-labelledby") or "").split()]
            self.need([name(one) for one in named if one is not None] == ["title", "desc"], "a picture without a title and a description")
            self.need(all(one is not None and words(one) for one in named), "an empty title or description")
            self.within(picture)

    def within(self, picture):
        """Nothing is drawn outside the picture."""
        _, _, width, height = map(int, picture.get("viewBox").split())
        for element in picture.iter():
            for low, size, most in (("x", "width", width), ("y", "height", height)):
                if name(element) == "rect":
                    place, length = int(element.get(low)), int(element.get(size))
                    self.need(0 <= place and length > 0 and place + length <= most, f"a bar outside: {element.attrib}")
            if name(element) == "line":
                self.need(all(0 <= int(element.get(end)) <= (width if end[0] == "x" else height) for end in ("x1", "x2", "y1", "y2")), "a line outside")
            if name(element) == "text":
                self.text_within(element, width, height)

    def text_within(self, element, width, height):
        room, x = len(words(element)) * 6, int(element.get("x"))
        left = x - {"start": 0, "middle": room // 2, "end": room}[element.get("text-anchor")]
        self.need(left >= -2 and left + room <= width + 2 and 0 < int(element.get("y")) <= height, f"a text outside: {words(element)}")

    def references(self):
        for element in self.all:
            self.need(name(element) not in ELEMENTS_THAT_FETCH, f"an element {name(element)}")
            for key, value in element.attrib.items():
                key = str(key).rsplit("}", 1)[-1]
                self.need(key not in ATTRIBUTES_THAT_FETCH and not key.startswith("on"), f"an attribute {key}")
                self.need(not OUTSIDE.search(value) or key == "content", f"{key} leads outside")
        style = "".join(words(element) for element in self.find("style"))
        self.need(not OUTSIDE.search(style) and set(re.findall(r"url\(([^)]*)\)", style)) <= {f"#p{i}" for i in range(1, 7)}, "a style leads outside")

    def colours(self):
        """Every colour of a text on the page's ground, and every fill and curve beside it: 4.5; the lines of a grid are no words."""
        style = "".join(element.text for element in self.find("style"))
        ground = re.search(r"html\{[^}]*background:(#[0-9a-f]{6})", style).group(1)
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
            if ".grid" in selector or ".over" in selector:
                continue
            for colour in re.findall(r"(?<![-\w])(?:color|fill|stroke):(#[0-9a-f]{6})", body):
                self.need(contrast(colour, ground) >= 4.5, f"{selector.strip()}: {colour} has {contrast(colour, ground):.1f}")
        for path in self.find("path"):
            self.need(contrast(path.get("stroke"), ground) >= 4.5, f"a fill of {path.get('stroke')}")
        self.need(len({path.get("d") for path in self.find("path")}) == len(self.find("path")), "two fills of one pattern")

    def print(self):
        style = "".join(element.text for element in self.find("style"))
        self.need("@media print" in style and re.search(r"@page\{size:A4", style), "nothing for paper")

    def table(self, begin):
        """{row heading: cells} of the table whose caption begins so."""
        table = next(table for table in self.find("table") if words(table[0]).startswith(begin))
        rows = [[words(cell) for cell in row] for row in table.iter("tr")]
        return {row[0]: row[1:] for row in rows[1:]}, rows[0]


def date(day, days=0):
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=days)).isoformat()


class Html(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-04-03T09:00:00Z", rules=RULES, contacts=CONTACTS)

    def ctl(self, *arguments, status=0):
        done = self.daemon.ctl(*arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def page(self, *arguments):
        page = Page(self.ctl(*arguments, "--html"))
        self.assertEqual(page.wrong, [])
        return page

    def people(self, count=7):
        """Some at each level; meetings in time, late and never; one who is inside."""
        for number in range(count):
            ref, level, day = f"M-{number:04}", "23"[number % 2], date("2022-05-02", 11 * number)
            self.daemon.recorded({"case": ref, "event": "category-set", "on": day, "category": "12"[number % 3 == 0]},
                                 {"case": ref, "event": "registered", "on": day, "registration-term": "indefinite"},
                                 {"case": ref, "event": "located", "on": day, "location": "community"},
                                 {"case": ref, "event": "level-set", "on": day, "level": level, "grounds": "screening"})
            for meeting in range(number):
                self.daemon.recorded({"case": ref, "event": "meeting-held", "on": date(day, 40 + 25 * meeting), "meeting-level": level})
            self.daemon.recorded({"case": ref, "event": "action-set", "on": date(day, 60), "item": "act-1", "action-owner": "police", "action-due": date(day, 90)})
        if count > 5:
            self.daemon.recorded({"case": "M-0005", "event": "recalled", "on": "2023-02-01"})

    def test_an_empty_record_gives_sound_pages(self):
        for question in (("report", "annual", "2022-23"), ("report", "performance", "2022-23"), ("report", "reviews"), ("forecast",)):
            with self.subTest(question):
                self.assertEqual(self.page(*question).find("figure") if question[0] == "forecast" else [], [])

    def test_the_figures_of_a_report_are_those_of_its_answer(self):
        self.people()
        for question in (("report", "annual", "2022-23"), ("report", "performance", "2022-23"), ("report", "reviews", "--year", "2022-23")):
            page, answer = self.page(*question), json.loads(self.ctl(*question, "--json"))
            self.assertEqual(len(page.find("table")), len(answer["tables"]) + bool(answer["rates"]) + bool(answer["trends"] and answer["trends"]["lines"]))
            for table in answer["tables"]:
                rows, _ = page.table(f"{table['title']}: ")
                for row in table["rows"]:
                    found = next(cells for label, cells in rows.items() if label == "All" or label.startswith(row["label"]))
                    shown = ["-" if figure is None else str(figure) for figure in row["figures"]]
                    self.assertEqual(found[:len(shown)], shown, (table["title"], row["label"]))
            for one in (answer["trends"] or {"lines": []})["lines"]:
                rows, _ = page.table("Each figure for one quarter")
                found = next(cells for label, cells in rows.items() if label.startswith(one["label"]))
                self.assertEqual(found, ["-" if value is None else str(value) for value in one["value"] or one["of"]])
            self.assertGreater(len(page.find("figure")), 0, question)

    def test_pictures_print_the_figures_that_they_draw(self):
        self.people()
        page = self.page("report", "annual", "2022-23")
        picture = page.find("svg")[1]
        printed = [words(text) for text in picture.iter("{http://www.w3.org/2000/svg}text")] or [words(text) for text in picture.iter() if name(text) == "text"]
        table, _ = page.table("MAPPA-eligible people on the last day")
        for level in ("Level 2", "Level 3"):
            self.assertIn(level, printed)
            self.assertIn(table[level][-1], printed)

    def test_what_is_hidden_stays_hidden(self):
        self.people()
        hidden = self.page("report", "annual", "2022-23", "--suppress-below", "5")
        answer = json.loads(self.ctl("report", "annual", "2022-23", "--suppress-below", "5", "--json"))
        first = answer["tables"][0]
        rows, _ = hidden.table(first["title"])
        for row in first["rows"]:
            self.assertEqual(rows[row["label"]][:len(row["figures"])], ["*" if figure == "suppressed" else "-" if figure is None else str(figure) for figure in row["figures"]])
        self.assertIn("suppressed", [figure for row in first["rows"] for figure in row["figures"]])
        shown = {str(figure) for row in first["rows"] for figure in row["figures"] if isinstance(figure, int)}
        for picture in hidden.find("svg")[1:2]:
            numbers = {words(text) for text in picture.iter() if name(text) == "text" and text.get("class") == "over"}
            self.assertLessEqual(numbers, shown)

    def test_who_is_behind_a_figure(self):
        self.people()
        page = self.page("report", "annual", "2022-23", "--cases")
        rows, headings = page.table("The cases behind these figures")
        self.assertEqual(headings, ["Case", "Row", "Column", "First day in it"])
        self.assertIn("M-0001", rows)

    def test_the_weeks_of_a_forecast(self):
        self.people()
        page, answer = self.page("forecast"), json.loads(self.ctl("forecast", "--json"))
        rows, headings = page.table("Appointments that fall due in each week")
        self.assertEqual(len(rows), 26)
        self.assertEqual(headings[:3], ["Week of", "Due", "Booked"])
        self.assertEqual([cells[0] for cells in rows.values()], [str(week["due"] or "-") for week in answer["weeks"]])
        self.assertEqual(len(page.find("figure")), 1)
        for sentence in answer["assumptions"]:
            self.assertIn(" ".join(sentence.split()), [words(item) for item in page.find("li")])
        closed = self.page("forecast", "--closed", "2023-05-01..2023-05-31", "--cases", "--weeks", "104")
        self.assertEqual(closed.table("Appointments that fall due in each week")[1].count("otherwise"), 2)
        self.assertIn("M-0001", closed.table("Each appointment with its case")[0])

    def test_the_timeline_of_a_case(self):
        self.people()
        for ref in ("M-0000", "M-0005", "M-0006"):
            page, answer = self.page("show", ref), json.loads(self.ctl("show", ref, "--json"))
            labels = [words(text) for text in page.find("text") if text.get("text-anchor") == "end"]
            begun = [row for row in answer["obligations"] if row["started"]]
            self.assertGreater(len(begun), 1)
            for row in begun:
                whole = row["title"] + (f", {row['item']}" if row["item"] else "")
                self.assertTrue(any(whole.startswith(label.rstrip("…")) for label in labels), whole)
            self.assertEqual(len(page.table("What was recorded")[0]), len(answer["record"]))
            known = page.table("What is known of the case")[0]
            self.assertEqual(list(known), list(answer["attributes"]))
            self.assertIn(answer["attributes"]["location"], known["location"])
        self.assertIn("OFFICIAL-SENSITIVE", page.text)

    def test_a_case_of_which_nothing_stands_is_a_page(self):
        """One line, retracted; and days before a case began and at both ends of the calendar."""
        self.people(1)
        self.daemon.recorded({"case": "M-0007", "event": "category-set", "on": "2023-03-01", "category": "2"})
        self.ctl("retract", str(json.loads(self.ctl("show", "M-0007", "--json"))["record"][0]["seq"]), "--why", "another person")
        self.assertIn("not begun", words(self.page("show", "M-0007").find("p")[1]))
        for day in ("2020-01-01", "1583-01-01", "9999-12-31"):
            for ref in ("M-0000", "M-0007"):
                self.assertIn(f"Case {ref}", words(self.page("show", ref, "--as-of", day).find("h1")[0]))

    def test_duties_of_a_case_stand_in_the_order_of_their_days(self):
        """What the answer has by rule: owed by due day, those without one last, closed ones by the day they closed."""
        self.people(1)
        self.daemon.recorded({"case": "M-0000", "event": "level-set", "on": "2022-12-01", "level": "2", "grounds": "screening"},
                             {"case": "M-0000", "event": "meeting-held", "on": "2023-01-05", "meeting-level": "2"},
                             {"case": "M-0000", "event": "action-done", "on": "2023-03-01", "item": "act-1"},
                             {"case": "M-0000", "event": "meeting-held", "on": "2023-04-02", "meeting-level": "2"})
        answer = json.loads(self.ctl("show", "M-0000", "--json"))["obligations"]
        closed = [row["met_on"] or row["ended_on"] for row in answer if row["met_on"] or row["ended_on"]]
        owed = [row["due"] or "9" for row in answer if not row["met_on"] and not row["ended_on"]]
        self.assertTrue(owed != sorted(owed) and closed != sorted(closed), (owed, closed))
        page, text = self.page("show", "M-0000"), self.ctl("show", "M-0000")
        for caption, days, part in (("Duties that are owed", owed, "Owed"), ("Duties that are closed", closed, "Closed")):
            table = next(table for table in page.find("table") if words(table[0]) == caption)
            cells = [[words(cell) for cell in row][0] for row in table.iter("tr")][1:]
            lines = text.split(f"\n{part}\n")[1].split("\n\n")[0].splitlines()[1:]
            for told in (cells, lines):
                self.assertEqual([self.day(line) for line in told], sorted(days))

    @staticmethod
    def day(text):
        """The day that a line begins with, as programs write it; "9" without one."""
        found = re.match(r"\w{3} (\d+ \w{3} \d{4})", text)
        return datetime.datetime.strptime(found[1], "%d %b %Y").date().isoformat() if found else "9"

    def test_the_timeline_of_a_case_asked_about_at_the_ends_of_time(self):
        """Before anything was recorded of it, and on the last days that there are."""
        self.people()
        for day, drawn in (("1583-01-01", False), ("2001-01-01", False), ("9999-12-30", True), ("9999-12-31", True)):
            with self.subTest(day):
                page = self.page("show", "M-0001", "--as-of", day)
                self.assertEqual(("Bars of" in page.text, "Nothing was recorded by that day." in page.text), (drawn, not drawn))

    def test_a_clock_that_stood_still_is_drawn_so(self):
        """Recalled on 1 February, back on 1 March: 28 of the days since the last meeting did not run."""
        self.people(1)
        self.daemon.recorded({"case": "M-0000", "event": "level-set", "on": "2022-12-01", "level": "3", "grounds": "screening"},
                             {"case": "M-0000", "event": "meeting-held", "on": "2023-01-05", "meeting-level": "3"},
                             {"case": "M-0000", "event": "recalled", "on": "2023-02-01"},
                             {"case": "M-0000", "event": "located", "on": "2023-03-01", "location": "community"})
        page, answer = self.page("show", "M-0000"), json.loads(self.ctl("show", "M-0000", "--json"))
        row = next(row for row in answer["obligations"] if row["rule"] == "level-3-review" and row["state"] == "overdue")
        started, due, today = (datetime.date.fromisoformat(text) for text in (row["started"], row["due"], "2023-04-03"))
        self.assertEqual((due - started).days, 56 + 28)
        bars = [element for element in page.find("rect") if (element.get("class") or "").startswith("bar ")][4:]
        paused = [bar for bar in bars if bar.get("class") == "bar p3"]
        self.assertEqual(len(paused), 1)
        line = {bar.get("class"): bar for bar in bars if bar.get("y") == paused[0].get("y")}
        unit = int(line["bar p1"].get("width")) / (due - started).days
        self.assertAlmostEqual(int(paused[0].get("width")), 28 * unit, delta=2)
        self.assertAlmostEqual(int(paused[0].get("x")) - int(line["bar p1"].get("x")), (datetime.date(2023, 2, 1) - started).days * unit, delta=2)
        self.assertAlmostEqual(int(line["bar p2"].get("width")), (today - due).days * unit, delta=2)

    def test_a_history_has_both_times_side_by_side(self):
        self.people()
        self.daemon.move_clock("2023-04-05T09:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": "2023-03-28", "meeting-level": "3"})
        self.ctl("retract", str(json.loads(self.ctl("history", "M-0001", "--json"))["record"][-1]["seq"]), "--why", "another <b>case</b>")
        page, answer = self.page("history", "M-0001"), json.loads(self.ctl("history", "M-0001", "--json"))
        rows, headings = page.table("What happened, when it was recorded")
        self.assertEqual(headings[1:5], ["Happened", "Recorded", "Late", "By"])
        self.assertEqual(list(rows), [str(line["seq"]) for line in answer["record"]])
        taken = answer["record"][-2]
        self.assertEqual(rows[str(taken["seq"])][:3], ["Tue 28 Mar 2023", "Wed 5 Apr 2023 09:00 UTC", "8 days"])
        self.assertIn("another <b>case</b>", rows[str(taken["seq"])][-1])
        picture = page.find("svg")[1]
        printed = [words(text) for text in picture.iter() if name(text) == "text"]
        for line in answer["record"]:
            what = f"takes back no. {line['retracts']}" if line["retracts"] else line["event"]
            self.assertTrue(any(text.startswith(f"{line['seq']} {what}"[:24]) for text in printed), line)
        marks = [box for box in picture.iter() if name(box) == "rect" and "bar" in (box.get("class") or "")]
        self.assertEqual(len([box for box in marks if box.get("class") == "bar p3" and float(box.get("y")) > 40]), 1)        # what was undone, once
        self.assertIn("Nothing", self.ctl("history", "M-0001", "--known-at", "2022-01-01T00:00:00Z", "--html"))

    def test_a_reason_with_markup_is_text(self):
        self.people(2)
        why = "</td><script>x</script> & \"so\""
        self.ctl("retract", str(json.loads(self.ctl("show", "M-0001", "--json"))["record"][-1]["seq"]), "--why", why)
        page = self.page("show", "M-0001")
        self.assertIn(why, page.text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&"))
        marked = self.page("show", "M-0001", "--marking", "\"}</style><b>OURS</b>")
        self.assertEqual([words(one) for one in marked.find("p") if one.get("class") == "marking"], ["\"}</style><b>OURS</b>"] * 2)
        style = marked.find("style")[0].text
        for place in ("top", "bottom"):
            content = re.search(r'@page\{@%s-center\{content:"((?:\\[0-9a-f]{6})*)";' % place, style).group(1)
            self.assertEqual("".join(chr(int(code, 16)) for code in content.split("\\")[1:]), "\"}</style><b>OURS</b>")
        unmarked = self.page("forecast", "--marking", "").text
        self.assertNotIn("marking\"", unmarked)
        self.assertNotIn("content:", unmarked)

    def test_what_does_not_go_together_is_said(self):
        for options in (("--html", "--json"), ("--html", "--csv"), ("--html", "--plot"), ("--plot", "--json"), ("--marking", "X"),
                        ("--html", "--against", "2023-01-01T00:00:00Z"), ("--plot", "--against", "2023-01-01T00:00:00Z")):
            with self.subTest(options):
                done = self.daemon.ctl("report", "annual", "2022-23", *options)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(options[0], done.stderr)

    def on_terminal(self, *arguments, **environment):
        """What a command prints on a terminal, with its ends of lines put right."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([str(MAPPACTL), *arguments], stdout=theirs, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                   env={"PATH": os.environ["PATH"], "MAPPAD_SOCKET": str(self.daemon.socket), "NO_COLOR": "1", **environment})
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            said += piece
        os.close(ours)
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        return said.decode().replace("\r\n", "\n")

    def test_a_terminal_has_plots_unasked(self):
        self.people()
        for command in (("report", "annual", "2022-23"), ("forecast",)):
            plain, plotted = self.ctl(*command), self.ctl(*command, "--plot")
            self.assertNotIn("█", plain)
            self.assertTrue(plotted.startswith(plain))
            seen = self.on_terminal(*command, COLUMNS="60", LC_ALL="C.UTF-8")
            self.assertIn("█", seen)
            self.assertLessEqual(max(len(line) for line in seen.splitlines() if "█" in line), 60)
            ascii_only = self.on_terminal(*command, COLUMNS="100", LC_ALL="C")
            self.assertIn("####", ascii_only)
            self.assertTrue(ascii_only.isascii())
            self.assertLessEqual(max(len(line) for line in ascii_only.splitlines() if "##" in line), 100)


class Checker(BoxTest):
    """The checker can fail: a page with each mistake."""

    def test_mistakes_are_found(self):
        self.start(now="2023-04-03T09:00:00Z", rules=RULES, contacts=CONTACTS)
        self.daemon.recorded({"case": "M-1", "event": "located", "on": "2023-01-02", "location": "community"})
        good = self.daemon.ctl("show", "M-1", "--html").stdout
        self.assertEqual(Page(good).wrong, [])
        for old, new in ((' lang="en-GB"', ""), ("<h2>", "<h3>"), ('scope="col"', 'scope="x"'), ('role="img"', 'role="x"'), ("<desc ", "<metadata "),
                         ("color:#404040", "color:#909090"), ("default-src 'none'", "default-src *"), ("@page{", "@pag{"), ('class="quiet"', 'onclick="x"'),
                         ("<caption>", "<caption hidden>X</caption><caption>"), ('width="16"', 'width="1600"')):
            self.assertIn(old, good)
            bad = good.replace(old, new, 1) if old != "<desc " else good.replace("<desc ", "<metadata ", 1).replace("</desc>", "</metadata>", 1)
            if old == "<h2>":
                bad = bad.replace("</h2>", "</h3>", 1)
            try:
                wrong = Page(bad).wrong
            except html5lib.html5parser.ParseError:
                wrong = ["not HTML"]
            self.assertNotEqual(wrong, [], (old, new))


if __name__ == "__main__":
    main()
