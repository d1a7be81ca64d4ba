#!/usr/bin/python3
"""What a message needs of HTML is what Outlook has: the HTML of Word, and what the text part says.

    word_html.py PROGRAM    PROGRAM is test_word_html, which writes each kind of message into a folder

There is no Outlook here. KNOWN is what its versions of 2007 to 2019 show, as measured by others feature by feature (the
data of caniemail.com, which agree with Microsoft's "Word 2007 HTML and CSS Rendering Capabilities in Outlook 2007"): padding
on cells alone, lines reliably beside cells alone and of 8 pixels at most, no width of anything but tables and cells, no height,
no max-width, no table-layout, nothing that places or floats. PASSED_OVER may be written for others, where something
that Word knows stands beside it and does the work.
"""

import html.parser
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
CELLS, BLOCKS = {"td", "th"}, {"p", "h1", "h2"}
ATTRIBUTES = {"html": {"lang"}, "head": set(), "meta": {"charset", "name", "content"}, "title": set(), "body": {"style"},
              "table": {"role", "width", "cellpadding", "cellspacing", "style"}, "thead": set(), "tbody": set(), "tr": set(),
              "td": {"width", "style"}, "th": {"scope", "width", "style"}, "p": {"style"}, "h1": {"style"}, "h2": {"style"},
              "span": {"style"}, "strong": set(), "br": set()}
PIXELS, COLOUR = r"\d+px", r"#[0-9a-f]{6}"
KNOWN = {"margin": (BLOCKS | {"body"}, rf"(0|{PIXELS})( (0|{PIXELS})){{0,3}}"), "padding": (CELLS, rf"(0|{PIXELS})( (0|{PIXELS})){{0,3}}"),
         "width": (CELLS | {"table"}, r"\d+%"), "border-collapse": ({"table"}, "collapse"),
         "border-left": (CELLS, rf"[1-8]px solid {COLOUR}"), "border-bottom": (CELLS, rf"[1-8]px solid {COLOUR}"),
         "font-family": (CELLS | BLOCKS, "Arial,Helvetica,sans-serif"), "font-size": (CELLS | BLOCKS, PIXELS),
         "font-weight": (CELLS | BLOCKS, "normal|bold"), "line-height": (CELLS | BLOCKS, PIXELS), "text-align": (CELLS, "left"),
         "vertical-align": (CELLS, "top"), "color": (CELLS | BLOCKS | {"span"}, COLOUR), "background-color": ({"body"}, COLOUR)}
PASSED_OVER = {"max-width": {"table"}, "table-layout": {"table"}, "overflow-wrap": CELLS, "word-break": CELLS}
EMPTY = {"meta", "br"}


def contrast(colour):
    """Of a colour on white, as WCAG 2 counts it."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    light = sum(share * (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4) for share, part in zip((0.2126, 0.7152, 0.0722), parts))
    return 1.05 / (light + 0.05)


class Page(html.parser.HTMLParser):
    """A page, its findings and its words."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.found, self.said, self.tables, self.seen = [], [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            self.found.append(f"not closed: {self.open}")
        if self.seen[:3] != [("html", {"lang": "en"}), ("head", {}), ("meta", {"charset": "utf-8"})]:
            self.found.append("language and character set do not stand first")

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.seen.append((tag, {name: value for name, value in attributes.items()}))
        if tag not in ATTRIBUTES:
            self.found.append(f"<{tag}>")
            return
        self.found += [f"<{tag} {name}>" for name in attributes if name not in ATTRIBUTES[tag]]
        style = self.style(tag, attributes)
        if tag == "table":
            self.tables.append({"data": attributes.get("role") != "presentation", "columns": 0, "row": None})
            if any(name in style for name in ("max-width", "table-layout")) and attributes.get("width") != "100%":
                self.found.append("a table that is as wide as what Word passes over says")
        if tag in CELLS | {"tr"}:
            self.cell(tag, attributes)
        if tag in CELLS and "overflow-wrap" in style and "width" not in attributes:
            self.found.append("a cell without a width")
        if tag not in EMPTY:
            self.open.append((tag, style))

    def cell(self, tag, attributes):
        table = self.tables[-1]
        if not table["data"]:
            return
        if tag == "tr":
            table["row"] = 0
            return
        part = next(name for name, _ in reversed(self.open) if name in ("thead", "tbody"))
        wanted = "col" if part == "thead" else "row" if table["row"] == 0 else None
        if attributes.get("scope") != wanted:
            self.found.append(f"{tag} number {table['row'] + 1} of a row of the {part} has scope {attributes.get('scope')}")
        table["row"] += 1

    def style(self, tag, attributes):
        style = {}
        for part in filter(None, attributes.get("style", "").split(";")):
            name, _, value = part.partition(":")
            style[name] = value
            tags, pattern = KNOWN.get(name, (PASSED_OVER.get(name, set()), ".*"))
            if tag not in tags or not re.fullmatch(pattern, value):
                self.found.append(f"{name}:{value} on <{tag}>")
            if name == "color" and contrast(value) < 7:
                self.found.append(f"{value} on white is hard to read")
        return style

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.found.append(f"</{tag}> within {self.open[-1:]}")
            return
        self.open.pop()
        if tag == "table":
            self.tables.pop()

    def handle_comment(self, data):
        self.found.append("a comment")

    def handle_data(self, data):
        if not data.strip() or self.open[-1:] and self.open[-1][0] == "title":
            return
        # Word hands neither font nor size into a table.
        holder = next((style for tag, style in reversed(self.open) if tag in CELLS | BLOCKS), {})
        self.found += [f"{name} is not said of {data!r}" for name in ("font-family", "font-size", "color")
                       if name not in holder and data.strip("\xa0\n")]
        if not any(tag == "thead" for tag, _ in self.open):
            self.said += data.split()


def words(text):
    """The words of a text part, without the marks that stand for a missing reference."""
    return [word for word in text.split() if word != "-"]


class Messages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([PROGRAM, folder], check=True)
            cls.parts = {path.stem: (path.read_text(), path.with_suffix(".txt").read_text()) for path in pathlib.Path(folder).glob("*.html")}

    def test_every_kind_of_message_is_there(self):
        self.assertEqual(set(self.parts), {"overdue", "booked-late", "due-soon", "moved", "data-quality", "settled", "all", "downtime", "many",
                                           "counts-only", "urgent", "heartbeat", "heartbeat-nothing"})

    def test_nothing_is_needed_that_outlook_has_not(self):
        for kind, (page, _) in self.parts.items():
            with self.subTest(kind=kind):
                self.assertEqual(Page(page).found, [])

    def test_the_text_says_what_the_page_says(self):
        for kind, (page, text) in self.parts.items():
            with self.subTest(kind=kind):
                self.assertEqual(sorted(Page(page).said), sorted(words(text)))

    def test_what_is_not_known_is_found(self):
        page = self.parts["all"][0]
        for before, after in (("<p style=\"margin", "<p style=\"padding"), ("width:100%;", "width:680px;"), ("<h2 style=\"", "<h2 style=\"display:flex;"),
                              ("<td style=\"", "<td background=\"a.png\" style=\""), ("border-left:6px", "border-left:9px"), ("<strong>", "<b>"),
                              ("scope=\"row\"", "scope=\"col\""), ("font-family:Arial,Helvetica,sans-serif;", ""), ("#404040", "#8a8a8a"),
                              ("</title>", "</title><style>@media (max-width:400px){}</style>"), (" width=\"100%\"", ""), ("<html lang=\"en\">", "<html>"),
                              ("<p style=\"margin:0", "<p style=\"margin:auto"), ("<table role", "<!--[if mso]><![endif]--><table role")):
            with self.subTest(after=after):
                self.assertIn(before, page)
                self.assertNotEqual(Page(page.replace(before, after)).found, [])


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    result = unittest.main(verbosity=0, exit=False).result
    # The runner counts unit programs by their TAP.
    for number in range(1, result.testsRun + 1):
        print(f"{'not ok' if number <= len(result.failures + result.errors) else 'ok'} {number}")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
