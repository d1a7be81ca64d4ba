/*
 * offline - a rule set, and a file of events admitted under it (offline.h).
 */
#include "offline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mappad/nearest.h"
#include "output.h"

bool offline_rules(const struct arguments *arguments, struct ruleset **ret_ruleset)
{
        struct diagnostics diagnostics;
        const char **paths = calloc(arguments->option_count, sizeof(*paths));
        size_t count = 0;
        if (paths == NULL)
                return out_of_memory() == OUTCOME_OK;
        for (const char *path; (path = arguments_nth(arguments, "--rules", count)) != NULL;)
                paths[count++] = path;
        diagnostics_init(&diagnostics);
        enum status status = rulefile_load(paths, count, &diagnostics, ret_ruleset);
        if (diagnostics.error_count > 0)
                diagnostics_print(&diagnostics, stderr);
        else if (status != STATUS_OK)
                complain("the rules could not be loaded: %s", status_phrase(status));
        diagnostics_fini(&diagnostics);
        free(paths);
        return status == STATUS_OK;
}

static void report_line(void *context, uint64_t number, const struct wire_problem *problem)
{
        const struct offline *offline = context;
        fprintf(stderr, "%s:%llu: refused: %s", offline->path, (unsigned long long)number, problem->message);
        if (problem->nearest != NULL)
                fprintf(stderr, "; did you mean \"%s\"?", problem->nearest);
        if (problem->field[0] != '\0')
                fprintf(stderr, " (%s)", problem->field);
        fputc('\n', stderr);
}

static void report_flags(void *context, uint64_t number, const struct admission *admission)
{
        const struct offline *offline = context;
        for (size_t i = 0; i < admission->flag_count; i++)
                fprintf(stderr, "%s:%llu: warning: %s: %s\n", offline->path, (unsigned long long)number,
                        admission->flags[i]->id, admission->flags[i]->says);
}

enum outcome offline_load(struct offline *offline, const struct arguments *arguments, const char *path)
{
        struct docket_sink sink = {.refused = report_line, .flagged = report_flags, .context = offline};
        offline->path = strcmp(path, "-") == 0 ? "standard input" : path;
        if (!offline_rules(arguments, &offline->ruleset))
                return OUTCOME_REFUSED;
        return docket_open(offline->ruleset, path, offline->path, &sink, &offline->docket);
}

void offline_fini(struct offline *offline)
{
        docket_close(offline->docket);
        ruleset_free(offline->ruleset);
}

enum outcome offline_case(const struct offline *offline, const char *ref, const struct roll_case **ret_case)
{
        enum outcome outcome;
        do
                outcome = docket_next(offline->docket, ret_case);
        while (outcome == OUTCOME_OK && *ret_case != NULL && strcmp((*ret_case)->ref, ref) != 0);
        return outcome;
}

bool offline_when(const struct arguments *arguments, int32_t *ret_as_of, int64_t *ret_known_at)
{
        bool dated = arguments_has(arguments, "--as-of");
        if (!dated || !arguments_has(arguments, "--rules")) {
                usage_error(arguments, "%s is missing", dated ? "--rules DIR" : "--as-of DATE");
                return false;
        }
        *ret_as_of = arguments_day(arguments, "--as-of");
        *ret_known_at = arguments_instant(arguments, "--known-at", INSTANT_LATEST);
        return true;
}

enum outcome no_such_rule(const struct ruleset *ruleset, const char *id)
{
        const char **names = calloc(ruleset->rule_count + 1, sizeof(*names));
        if (names == NULL)
                return out_of_memory();
        for (size_t i = 0; i < ruleset->rule_count; i++)
                names[i] = ruleset->rules[i].id;
        const char *nearest = nearest_word(id, names, ruleset->rule_count);
        free(names);
        if (nearest != NULL)
                complain("no rule is called \"%s\"; did you mean \"%s\"?", id, nearest);
        else
                complain("no rule is called \"%s\"", id);
        return OUTCOME_REFUSED;
}
