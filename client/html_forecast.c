/*
 * html_forecast - the weeks to come as a page.
 */
#include "forecast.h"
#include "html_pages.h"
#include "plot_report.h"

static void put_weeks(struct html *page, const json_t *forecast, const struct column *columns)
{
        struct plot plot;

        page_section(page, NULL, "Week by week");
        if (plot_of_weeks(forecast, &plot))
                chart_columns(page, &plot);
        page_table(page, "Appointments that fall due in each week, and those taken as held in it", columns,
                   json_object_get(forecast, "weeks"), columns[0].heading);
        html_close(page);
}

static void put_rows(struct html *page, const char *const words[2], const struct column *columns, const json_t *rows)
{
        if (json_array_size(rows) == 0)
                return;
        page_section(page, NULL, words[0]);
        page_table(page, words[1], columns, rows, columns[0].heading);
        html_close(page);
}

static void put_assumptions(struct html *page, const json_t *assumptions)
{
        size_t index;
        json_t *sentence;

        page_section(page, NULL, "Assumed");
        html_open(page, "ul");
        json_array_foreach(assumptions, index, sentence) html_element(page, "li", NULL, value_text(sentence));
        html_close(page);
        html_close(page);
}

static void put_headline(struct html *page, const struct arguments *arguments, const json_t *forecast)
{
        struct wire_buffer words;

        wire_buffer_init(&words);
        put_day(&words, member_text(forecast, "from"));
        wire_put_text(&words, " to ");
        put_day(&words, member_text(forecast, "until"));
        axes_put_words(&words, arguments, forecast);
        page_words(page, "p", "quiet", &words);
        wire_buffer_init(&words);
        forecast_put_remarks(forecast, &words);
        page_lines(page, &words);
}

bool html_forecast(const struct arguments *arguments, const json_t *forecast, const json_t *plain,
                   struct wire_buffer *out)
{
        static const char *const duties[] = {"By duty", "Duties with something to say"},
                                 *const each[] = {"Appointments", "Each appointment with its case"};
        json_t *rules = forecast_told_rules(json_object_get(forecast, "rules")),
               *appointments = forecast_told_appointments(arguments, json_object_get(forecast, "appointments"));
        bool good = rules != NULL && appointments != NULL &&
                    (plain == NULL || forecast_add_plain(json_object_get(forecast, "weeks"), plain));
        struct html page;

        page_begin(&page, arguments, "Appointments in the weeks to come", out);
        put_headline(&page, arguments, forecast);
        put_weeks(&page, forecast, plain != NULL ? forecast_if_columns : forecast_week_columns);
        put_rows(&page, duties, forecast_rule_columns, rules);
        put_rows(&page, each, forecast_appointment_columns, appointments);
        put_assumptions(&page, json_object_get(forecast, "assumptions"));
        html_end(&page);
        json_decref(rules);
        json_decref(appointments);
        return good;
}
