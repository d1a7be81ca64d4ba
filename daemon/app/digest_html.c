/*
 * digest_html.c - the HTML part of a digest.
 *
 * For Outlook, whose HTML is that of Word, and for a telephone of 360 points:
 * tables with headings, styles written on the elements, two columns, and nothing
 * that is fetched, followed, run or counted. Word pads nothing but cells, draws lines
 * reliably beside cells alone, and hands no font into a table; what it passes over
 * (max-width and how words are broken) is not needed there. tests/mail/word_html.py
 * holds every kind of message against that. All words come through digest_say,
 * which escapes them; digest_raw adds markup of this file alone.
 */
#include "digest_model.h"
#include "mappad/civil.h"

#define FONT "font-family:Arial,Helvetica,sans-serif;"
#define INK "color:#1a1a1a;"
#define QUIET_INK "color:#404040;"
/* Word knows the attribute for the width of a column, others the style. */
#define LEFT_WIDTH " width=\"46%\" style=\"width:46%;"
#define RIGHT_WIDTH " width=\"54%\" style=\"width:54%;"
/* Word hands no font into a table. */
#define TEXT FONT INK "font-size:16px;line-height:22px;"
#define CELL_TEXT FONT "font-size:15px;line-height:21px;"
#define FRAME "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;"
#define GAP "<p style=\"margin:0;" FONT "font-size:8px;line-height:16px;\">&nbsp;</p>\n"
#define LINES INK CELL_TEXT "vertical-align:top;text-align:left;font-weight:normal;border-bottom:1px solid #8a8a8a;"
#define HEAD                                                                                                           \
        QUIET_INK FONT                                                                                                 \
                "text-align:left;font-size:14px;line-height:20px;font-weight:bold;border-bottom:2px solid #1a1a1a;"
#define LEFT LEFT_WIDTH "padding:8px 10px 8px 0;overflow-wrap:anywhere;word-break:break-word;"
#define RIGHT RIGHT_WIDTH "padding:8px 0;"

/* Colours of the bar beside a heading: the heading says it in words as well. */
static const char *bar(enum digest_group group)
{
        switch (group) {
        case DIGEST_OVERDUE:
                return "#a80016";
        case DIGEST_BOOKED_LATE:
                return "#9a4a00";
        case DIGEST_DUE_SOON:
                return "#0b4f8a";
        case DIGEST_MOVED:
                return "#5b2a86";
        case DIGEST_DATA:
                return "#5c5200";
        case DIGEST_SETTLED:
                return "#1f6b2c";
        }
        return "#1a1a1a";
}

/* An element with one thing said in it. */
static void put_element(struct digest_writer *writer, const char *open, enum digest_say say,
                        const struct digest_scope *scope, const char *close)
{
        digest_raw(writer, open);
        digest_say(writer, say, scope);
        digest_raw(writer, close);
        digest_raw(writer, "\n");
}

static void put_paragraph(struct digest_writer *writer, enum digest_say say, const struct digest_scope *scope)
{
        put_element(writer, "<p style=\"margin:0 0 12px 0;" TEXT "\">", say, scope, "</p>");
}

static void put_group_head(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_raw(writer, GAP FRAME "\">\n<tr>\n<td style=\"padding:2px 0 2px 10px;border-left:6px solid ");
        digest_raw(writer, bar(scope->group));
        put_element(writer, ";\"><h2 style=\"margin:0;" FONT INK "font-size:18px;line-height:24px;\">",
                    digest_heading(scope), scope, "</h2></td>\n</tr>\n</table>");
        put_element(writer, "<p style=\"margin:4px 0 8px 0;" FONT QUIET_INK "font-size:16px;line-height:22px;\">",
                    digest_advice(scope), scope, "</p>");
}

static void open_rows(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_raw(writer, "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;"
                           "table-layout:fixed;border-collapse:collapse;\">\n<thead>\n<tr>\n");
        put_element(writer, "<th scope=\"col\"" LEFT HEAD "\">", SAY_COLUMN_CASE, scope, "</th>");
        put_element(writer, "<th scope=\"col\"" RIGHT HEAD "\">", SAY_COLUMN_DATES, scope, "</th>");
        digest_raw(writer, "</tr>\n</thead>\n<tbody>\n");
}

static bool is_dated(const struct digest_row *row)
{
        return row->due != CIVIL_NONE && row->group != DIGEST_SETTLED;
}

/* The reference, below it the duty and what is doubtful of it. */
static void put_duty(struct digest_writer *writer, const struct digest_scope *scope)
{
        const struct digest_row *row = scope->row;
        bool doubtful = row->group == DIGEST_DATA || row->doubt != DIGEST_DOUBT_NONE;

        digest_raw(writer, "<th scope=\"row\"" LEFT LINES "\">");
        if (row->reference.text[0] != '\0') {
                digest_raw(writer, "<strong>");
                digest_say(writer, SAY_REFERENCE, scope);
                digest_raw(writer, "</strong><br>");
        }
        if (row->duty != NULL || !doubtful)
                digest_say(writer, row->duty != NULL ? SAY_DUTY : SAY_NO_DUTY, scope);
        if (doubtful) {
                digest_raw(writer, row->duty != NULL ? "<br>" : "");
                digest_say(writer, digest_doubt_says(row->doubt), scope);
        }
        if (row->missed) {
                digest_raw(writer, "<br>");
                digest_say(writer, SAY_MISSED, scope);
        }
        if (row->acknowledged) {
                digest_raw(writer, "<br>");
                digest_say(writer, SAY_ACKNOWLEDGED, scope);
        }
        digest_raw(writer, "</th>\n");
}

static void put_dates(struct digest_writer *writer, const struct digest_scope *scope)
{
        const struct digest_row *row = scope->row;
        enum digest_say booking;

        digest_raw(writer, "<td" RIGHT LINES "\">");
        if (is_dated(row)) {
                digest_raw(writer, "<strong>");
                digest_say(writer, row->provisional ? SAY_DUE_PROVISIONAL : SAY_DUE, scope);
                digest_raw(writer, "</strong><br>");
                digest_say(writer, digest_days_say(scope), scope);
        }
        if (is_dated(row) && row->plan_by != CIVIL_NONE) {
                digest_raw(writer, "<br>");
                digest_say(writer, SAY_PLAN_BY, scope);
        }
        if (is_dated(row) && digest_booking_say(row, &booking)) {
                digest_raw(writer, "<br>");
                digest_say(writer, booking, scope);
        }
        if (row->was_due != CIVIL_NONE) {
                digest_raw(writer, is_dated(row) ? "<br>" : "");
                digest_raw(writer, "<span style=\"" QUIET_INK "\">");
                digest_say(writer, SAY_WAS_DUE, scope);
                digest_raw(writer, "</span>");
        }
        digest_raw(writer, "</td>\n");
}

static void put_row(struct digest_writer *writer, const struct digest_scope *scope)
{
        digest_raw(writer, "<tr>\n");
        put_duty(writer, scope);
        put_dates(writer, scope);
        digest_raw(writer, "</tr>\n");
}

static void put_rows(struct digest_writer *writer, const struct digest_model *model)
{
        struct digest_scope scope = {.model = model};

        for (size_t i = 0; i < model->count && i < DIGEST_ROWS_SHOWN; i++) {
                if (digest_begins(model->rows[i], &scope)) {
                        digest_raw(writer, i == 0 ? "" : "</tbody>\n</table>\n");
                        scope.group = model->rows[i]->group;
                        scope.standing = model->rows[i]->standing;
                        put_group_head(writer, &scope);
                        open_rows(writer, &scope);
                }
                scope.row = model->rows[i];
                put_row(writer, &scope);
        }
        digest_raw(writer, model->count == 0 ? "" : "</tbody>\n</table>\n");
        digest_raw(writer, GAP);
        if (model->counted > DIGEST_ROWS_SHOWN)
                put_paragraph(writer, SAY_MORE, &scope);
}

static void put_counts_only(struct digest_writer *writer, const struct digest_model *model)
{
        struct digest_scope scope;

        for (size_t i = 0; digest_part(model, i, &scope); i++)
                if ((scope.standing ? model->standing : model->counts)[scope.group] > 0)
                        put_group_head(writer, &scope);
        if (model->counted > 0) {
                digest_raw(writer, GAP);
                put_paragraph(writer, SAY_NUMBERS_ALONE, &scope);
        }
}

static void put_marking(struct digest_writer *writer, const struct digest_scope *scope)
{
        if (scope->model->marking[0] != '\0')
                put_element(writer, "<p style=\"margin:0 0 12px 0;font-weight:bold;" TEXT "\">", SAY_MARKING, scope,
                            "</p>");
}

static void put_downtimes(struct digest_writer *writer, const struct digest_model *model)
{
        const struct digest_options *options = model->options;
        struct digest_scope scope = {.model = model};

        for (size_t i = 0; i < options->downtime_count; i++) {
                scope.downtime = &options->downtimes[i];
                put_paragraph(writer, SAY_DOWN_WHOLE, &scope);
        }
        if (options->downtimes_more)
                put_paragraph(writer, SAY_DOWN_MORE, &scope);
        if (options->downtime_count > 0)
                put_paragraph(writer, SAY_DOWN_TOLD, &scope);
}

static void put_head(struct digest_writer *writer, const struct digest_model *model, const char *subject)
{
        const struct digest_options *options = model->options;
        const struct digest_scope scope = {.model = model};
        enum digest_say say;

        digest_raw(writer,
                   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"format-detection\" content=\"telephone=no, date=no, address=no, email=no\">\n<title>");
        digest_put(writer, subject);
        digest_raw(writer,
                   "</title>\n</head>\n<body style=\"margin:0;background-color:#ffffff;\">\n" FRAME
                   "max-width:680px;\">\n<tr>\n<td style=\"padding:12px;text-align:left;vertical-align:top;" TEXT
                   "\">\n");
        put_marking(writer, &scope);
        put_element(writer, "<h1 style=\"margin:0 0 4px 0;" FONT INK "font-size:20px;line-height:26px;\">",
                    options->urgent ? SAY_HEAD_URGENT : SAY_HEAD, &scope, "</h1>");
        put_paragraph(writer, SAY_COUNTS, &scope);
        put_downtimes(writer, model);
        for (size_t i = 0; digest_lead_say(model, i, &say); i++)
                put_paragraph(writer, say, &scope);
}

const char *digest_html(const struct digest_model *model, const char *subject, struct arena *arena)
{
        struct digest_writer writer = {.arena = arena, .html = true};
        const struct digest_scope scope = {.model = model};
        enum digest_say say;

        put_head(&writer, model, subject);
        if (model->options->counts_only)
                put_counts_only(&writer, model);
        else
                put_rows(&writer, model);
        for (size_t i = 0; digest_foot_say(model, i, &say); i++)
                put_paragraph(&writer, say, &scope);
        put_marking(&writer, &scope);
        digest_raw(&writer, "</td>\n</tr>\n</table>\n</body>\n</html>\n");
        return digest_finish(&writer);
}
