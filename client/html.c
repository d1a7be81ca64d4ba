/*
 * html - see html.h.
 *
 * A page refers to nothing outside itself and its policy allows nothing else: no
 * script, no picture, no font. Colours have a contrast of at least 4.5 on white and
 * never speak alone: fills differ by pattern, figures are printed beside them.
 */
#include "html.h"

#include <stdio.h>
#include <string.h>

#include "mappad/ensure.h"

static const char *const styles =
        "html{color:#1a1a1a;background:#ffffff;font:15px/1.45 Arial,Helvetica,sans-serif}\n"
        "body{max-width:62rem;margin:0 auto;padding:0 1rem}\n"
        "h1{font-size:1.6rem;line-height:1.2;margin:1rem 0 .5rem}\n"
        "h2{font-size:1.2rem;line-height:1.3;margin:2rem 0 .5rem;border-bottom:2px solid #1a1a1a}\n"

        ".marking{font-weight:bold;text-align:center;letter-spacing:.05em;margin:.75rem 0}\n"
        ".quiet{color:#404040}\n"
        ".bad{color:#a80016;font-weight:bold}\n"
        ".undone{text-decoration:line-through}\n"
        ".whole{white-space:nowrap}\n"
        "table{border-collapse:collapse;margin:.5rem 0 1rem}\n"
        "caption{text-align:left;white-space:nowrap;font-weight:bold;padding:.25rem 0}\n"
        "th,td{padding:.2rem .6rem;border-bottom:1px solid #8a8a8a;text-align:right;vertical-align:top}\n"
        "thead th{border-bottom:2px solid #1a1a1a;vertical-align:bottom}\n"
        "tbody th,thead td,thead th:first-child,.words td,.words th{text-align:left}\n"
        "tbody th{font-weight:normal}\n"
        "tr.sum th,tr.sum td{font-weight:bold}\n"
        ".wide table{font-size:.75rem}\n"
        ".wide th,.wide td{padding:.2rem .3rem}\n"
        ".words td,.words th{overflow-wrap:break-word}\n"
        "figure{margin:.5rem 0}\n"
        ".halves{display:flex;flex-wrap:wrap;gap:0 2%}\n"
        ".halves figure{width:49%;break-inside:avoid}\n"
        "svg{display:block;width:100%;height:auto;font:12px Arial,Helvetica,sans-serif}\n"
        "svg.fills{position:absolute;width:0;height:0}\n"
        "svg text{fill:#1a1a1a}\n"
        "svg .grid{stroke:#c4c4c4;stroke-width:1}\n"
        "svg .axis{stroke:#1a1a1a;stroke-width:1}\n"
        "svg .curve{stroke:#0b4f8a;stroke-width:2;fill:none}\n"
        "svg .dot{fill:#0b4f8a}\n"
        "svg .bar{stroke:#1a1a1a;stroke-width:1}\n"
        "svg .over{paint-order:stroke;stroke:#ffffff;stroke-width:4px}\n"
        "svg .strong{font-weight:bold}\n"
        "svg .p1{fill:#0b4f8a}svg .p2{fill:url(#p2)}svg .p3{fill:url(#p3)}\n"
        "svg .p4{fill:url(#p4)}svg .p5{fill:url(#p5)}svg .p6{fill:url(#p6)}\n"
        "@page{size:A4;margin:15mm}\n"
        "@page wide{size:A4 landscape;margin:12mm}\n"
        "@media print{html{font-size:10pt}body{max-width:none;padding:0}\n"
        /* A table that is not long stays on one page. */
        ".wide{page:wide}h2,caption,dt{break-after:avoid}\n"
        "figure,tr,svg,dd,table:not(:has(tr:nth-child(13))){break-inside:avoid}thead{display:table-header-group}\n"
        "svg,svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n";

/* ---- elements ---- */

static void put(struct html *page, const char *text)
{
        wire_put_text(page->out, text);
}

/* Characters that no page may have. */
static bool is_no_character(uint32_t code)
{
        return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

/* A text with what is markup made harmless. */
static void put_escaped(struct html *page, const char *text)
{
        size_t length = strlen(text);

        for (size_t at = 0; at < length;) {
                uint32_t code = 0;
                size_t step = wire_utf8_length(text + at, length - at, &code);

                if (code == '&')
                        put(page, "&amp;");
                else if (code == '<')
                        put(page, "&lt;");
                else if (code == '>')
                        put(page, "&gt;");
                else if (code == '"')
                        put(page, "&quot;");
                else if (step == 0 || !wire_code_harmless(code) || is_no_character(code))
                        put(page, "\xEF\xBF\xBD");
                else
                        wire_put(page->out, text + at, step);
                at += step > 0 ? step : 1;
        }
}

static void end_tag(struct html *page)
{
        if (page->in_tag)
                put(page, ">");
        page->in_tag = false;
}

void html_open(struct html *page, const char *name)
{
        ENSURE(page->depth < HTML_DEPTH);
        end_tag(page);
        page->open[page->depth++] = name;
        put(page, "<");
        put(page, name);
        page->in_tag = true;
}

void html_attribute(struct html *page, const char *name, const char *value)
{
        ENSURE(page->in_tag);
        put(page, " ");
        put(page, name);
        put(page, "=\"");
        put_escaped(page, value);
        put(page, "\"");
}

void html_number(struct html *page, const char *name, int64_t value)
{
        char text[24];

        snprintf(text, sizeof text, "%lld", (long long)value);
        html_attribute(page, name, text);
}

void html_close(struct html *page)
{
        ENSURE(page->depth > 0);
        end_tag(page);
        put(page, "</");
        put(page, page->open[--page->depth]);
        put(page, ">\n");
}

void html_text(struct html *page, const char *text)
{
        end_tag(page);
        put_escaped(page, text);
}

void html_element(struct html *page, const char *name, const char *class, const char *text)
{
        html_open(page, name);
        if (class != NULL)
                html_attribute(page, "class", class);
        html_text(page, text);
        html_close(page);
}

/* ---- tables ---- */

void html_table(struct html *page, const char *caption)
{
        html_open(page, "table");
        html_element(page, "caption", NULL, caption);
        html_open(page, "thead");
        html_open(page, "tr");
}

void html_heading(struct html *page, bool of_row, const char *text)
{
        html_open(page, "th");
        html_attribute(page, "scope", of_row ? "row" : "col");
        html_text(page, text);
        html_close(page);
}

void html_rows(struct html *page)
{
        html_close(page);
        html_close(page);
        html_open(page, "tbody");
}

void html_table_end(struct html *page)
{
        html_close(page);
        html_close(page);
}

/* ---- the page ---- */

/* An element without an end. */
static void put_meta(struct html *page, const char *key, const char *name, const char *content)
{
        html_open(page, "meta");
        html_attribute(page, key, name);
        if (content != NULL)
                html_attribute(page, "content", content);
        page->depth--;
        end_tag(page);
        put(page, "\n");
}

/* One fill: lines or dots of a colour on white, 8 by 8. */
static void put_fill(struct html *page, const char *id, const char *path, const char *colour)
{
        html_open(page, "pattern");
        html_attribute(page, "id", id);
        html_attribute(page, "width", "8");
        html_attribute(page, "height", "8");
        html_attribute(page, "patternUnits", "userSpaceOnUse");
        html_open(page, "rect");
        html_attribute(page, "width", "8");
        html_attribute(page, "height", "8");
        html_attribute(page, "fill", "#ffffff");
        html_close(page);
        html_open(page, "path");
        html_attribute(page, "d", path);
        html_attribute(page, "stroke", colour);
        html_attribute(page, "stroke-width", "3");
        html_close(page);
        html_close(page);
}

static void put_fills(struct html *page)
{
        static const char *const fills[][3] = {
                {"p2", "M-2 2L2 -2M0 8L8 0M6 10L10 6", "#9a4a00"},
                {"p3", "M1 2h3M5 6h3", "#1f6b2c"},
                {"p4", "M0 4h8", "#5b2a86"},
                {"p5", "M-2 2L2 -2M0 8L8 0M6 10L10 6M-2 6L2 10M0 0L8 8M6 -2L10 2", "#a80016"},
                {"p6", "M4 0v8", "#404040"}};

        html_open(page, "svg");
        html_attribute(page, "class", "fills");
        html_attribute(page, "aria-hidden", "true");
        html_open(page, "defs");
        for (size_t i = 0; i < sizeof fills / sizeof *fills; i++)
                put_fill(page, fills[i][0], fills[i][1], fills[i][2]);
        html_close(page);
        html_close(page);
}

static void put_marking(struct html *page, const char *where)
{
        html_open(page, where);
        if (page->marking[0] != '\0')
                html_element(page, "p", "marking", page->marking);
        html_close(page);
}

/* The marking in the margins of each sheet of paper, every character as its number, so that none ends the text. */
static void put_marking_style(struct html *page)
{
        static const char *const places[] = {"@page{@top-center{content:\"", "@page{@bottom-center{content:\""};
        size_t length = strlen(page->marking);
        char number[16];

        for (size_t i = 0; length > 0 && i < 2; i++) {
                put(page, places[i]);
                for (size_t at = 0; at < length;) {
                        uint32_t code = 0xFFFD;
                        size_t step = wire_utf8_length(page->marking + at, length - at, &code);

                        if (step == 0 || !wire_code_harmless(code))
                                code = 0xFFFD;
                        snprintf(number, sizeof number, "\\%06lx", (unsigned long)code);
                        put(page, number);
                        at += step > 0 ? step : 1;
                }
                put(page, "\";font:bold 9pt Arial,Helvetica,sans-serif}}\n");
        }
}

void html_begin(struct html *page, struct wire_buffer *out, const char *title, const char *marking)
{
        *page = (struct html){.out = out, .marking = marking};
        put(page, "<!DOCTYPE html>\n");
        html_open(page, "html");
        html_attribute(page, "lang", "en-GB");
        html_open(page, "head");
        put_meta(page, "charset", "utf-8", NULL);
        put_meta(page, "http-equiv", "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        put_meta(page, "name", "viewport", "width=device-width, initial-scale=1");
        html_element(page, "title", NULL, title);
        html_open(page, "style");
        end_tag(page);
        put(page, styles);
        put_marking_style(page);
        html_close(page);
        html_close(page);
        html_open(page, "body");
        put_fills(page);
        put_marking(page, "header");
        html_open(page, "main");
        html_element(page, "h1", NULL, title);
}

void html_end(struct html *page)
{
        html_close(page);
        put_marking(page, "footer");
        html_close(page);
        html_close(page);
        ENSURE(page->depth == 0);
}
