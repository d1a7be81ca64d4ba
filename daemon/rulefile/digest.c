/*
 * digest - SHA-256 over the files of a rule set: what "the same rules" means.
 */
#include "digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash == NULL ? path : slash + 1;
}

/* The length goes in as text, which reads the same on every machine. */
static bool add_part(EVP_MD_CTX *context, const char *bytes, size_t length)
{
        char prefix[32];
        int written = snprintf(prefix, sizeof(prefix), "%zu:", length);

        return EVP_DigestUpdate(context, prefix, (size_t)written) == 1 && EVP_DigestUpdate(context, bytes, length) == 1;
}

enum status digest_files(const struct cfg_file *const *files, size_t count, char ret_hex[static 65])
{
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        unsigned char digest[EVP_MAX_MD_SIZE];
        enum status status = STATUS_NO_MEMORY;

        if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
                goto out;
        for (size_t i = 0; i < count; i++) {
                const char *name = base_name(files[i]->name);

                if (!add_part(context, name, strlen(name)) || !add_part(context, files[i]->text, files[i]->length))
                        goto out;
        }
        if (EVP_DigestFinal_ex(context, digest, NULL) != 1)
                goto out;
        for (size_t i = 0; i < 32; i++)
                snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
        status = STATUS_OK;
out:
        EVP_MD_CTX_free(context);
        return status;
}

static size_t put_part(char *to, const char *bytes, size_t length)
{
        int written = snprintf(to, 32, "%zu:", length);

        if (length > 0) /* of an empty file there are no bytes to point at */
                memcpy(to + written, bytes, length);
        return (size_t)written + length;
}

const char *digest_bind(const struct cfg_file *const *files, size_t count, struct arena *arena)
{
        size_t size = 1, used = 0;
        char *text;

        for (size_t i = 0; i < count; i++)
                size += strlen(files[i]->name) + files[i]->length + 2 * 32;
        text = arena_alloc(arena, size);
        if (text == NULL)
                return NULL;
        for (size_t i = 0; i < count; i++) {
                const char *name = base_name(files[i]->name);

                used += put_part(text + used, name, strlen(name));
                used += put_part(text + used, files[i]->text, files[i]->length);
        }
        text[used] = '\0';
        return text;
}
