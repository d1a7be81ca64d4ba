/*
 * keep - see keep.h.
 */
#include "keep.h"

#include <stdlib.h>
#include <string.h>

static enum status read_usable(const struct cfg_file *file, size_t size, keep_read_fn *read, void *context,
                               void **ret_value)
{
        size_t before = file->diagnostics->error_count;
        struct keep *keep = calloc(1, sizeof *keep + size);
        enum status status = STATUS_OK;

        if (keep == NULL)
                return STATUS_NO_MEMORY;
        arena_init(&keep->arena, malloc, free);
        read(keep, file, context);
        if (keep->out_of_memory)
                status = STATUS_NO_MEMORY;
        else if (file->diagnostics->error_count > before)
                status = STATUS_INVALID;
        if (status == STATUS_OK)
                *ret_value = keep->value;
        else
                keep_free(keep->value);
        return status;
}

enum status keep_load(const struct keep_source *source, size_t size, keep_read_fn *read, void *context,
                      void **ret_value)
{
        struct cfg_file file = {0};
        bool usable = false;
        enum status status = cfg_open(&file, source->path, source->text, source->diagnostics, &usable);

        if (status == STATUS_OK)
                status = usable ? read_usable(&file, size, read, context, ret_value) : STATUS_INVALID;
        cfg_close(&file);
        return status;
}

void *keep_room(struct keep *keep, size_t count, size_t size)
{
        void *room = arena_array(&keep->arena, count, size);

        keep->out_of_memory = keep->out_of_memory || room == NULL;
        return room;
}

const char *keep_text(struct keep *keep, const char *text)
{
        const char *kept;

        if (text == NULL)
                return NULL;
        kept = arena_copy(&keep->arena, text, strlen(text));
        keep->out_of_memory = keep->out_of_memory || kept == NULL;
        return kept;
}

void keep_free(void *value)
{
        struct keep *keep;

        if (value == NULL)
                return;
        keep = (struct keep *)(void *)((char *)value - offsetof(struct keep, value));
        arena_fini(&keep->arena);
        free(keep);
}
