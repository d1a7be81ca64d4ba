/*
 * subject - everything that is held about one case, as one document for the
 * person whom it is about.
 */
#include "list.h"

static bool write_document(const json_t *answer, enum format format, struct wire_buffer *out)
{
        (void)format;
        bool good = json_write(answer, out);
        wire_put_text(out, "\n");
        return good;
}

static enum outcome run_subject_access(const struct arguments *arguments)
{
        const char *ref = arguments->words[0];
        struct wire_buffer target;
        if (!arguments_case(arguments, 0))
                return OUTCOME_USAGE;
        wire_buffer_init(&target);
        wire_put_text(&target, "/v1/cases/");
        target_segment(&target, ref);
        wire_put_text(&target, "/subject-access");
        enum outcome outcome = target_end(&target)
                                       ? show_answer(arguments, target.data, NULL,
                                                     (struct http_need){"case", JSON_STRING}, write_document)
                                       : out_of_memory();
        wire_buffer_fini(&target);
        return outcome;
}

const struct command subject_commands[] = {
        {"subject-access",
         "CASE",
         "everything that is held about one case, as one JSON document",
         1,
         1,
         run_subject_access,
         {SOCKET_OPTION}},
        {0},
};
