/*
 * seal - what names a set of rules, calendar and contacts, and how rules that
 * were kept as one text come apart into files again.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "mappad/contacts.h"
#include "mappad/rulefile.h"

#define FILE_SIZE_MAX ((size_t)32 << 20) /* no file of a rule set is larger */

enum status rulefile_seal_digests(const char *rules, const char *contacts, char ret_hex[static 65])
{
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        char text[192];
        int length = snprintf(text, sizeof text, "rules %s\ncontacts %s\n", rules, contacts);

        if (length < 0 || (size_t)length >= sizeof text)
                return STATUS_INVALID;
        if (EVP_Digest(text, (size_t)length, sum, &size, EVP_sha256(), NULL) != 1)
                return STATUS_NO_MEMORY;
        for (unsigned int i = 0; i < size && i < 32; i++)
                snprintf(ret_hex + 2 * (size_t)i, 3, "%02x", sum[i]);
        return STATUS_OK;
}

enum status rulefile_seal(const struct ruleset *ruleset, const struct contacts *contacts, char ret_hex[static 65])
{
        return rulefile_seal_digests(ruleset->digest, contacts == NULL ? "" : contacts_digest(contacts), ret_hex);
}

/* "LENGTH:" and so many bytes; false when that is not what stands there. */
static bool take_part(const char **at, const char **ret_bytes, size_t *ret_length)
{
        size_t length = 0, digits = strspn(*at, "0123456789");

        if (digits == 0 || digits > 8 || (*at)[digits] != ':')
                return false;
        for (size_t i = 0; i < digits; i++)
                length = length * 10 + (size_t)((*at)[i] - '0');
        *at += digits + 1;
        if (length > FILE_SIZE_MAX || strnlen(*at, length) < length)
                return false;
        *ret_bytes = *at;
        *ret_length = length;
        *at += length;
        return true;
}

enum status rulefile_unbind(const char *text, struct arena *arena, struct rulefile_text **ret_files, size_t *ret_count)
{
        struct rulefile_text *files = arena_array(arena, RULEFILE_FILES_MAX, sizeof *files);
        size_t count = 0;

        if (files == NULL)
                return STATUS_NO_MEMORY;
        while (*text != '\0') {
                const char *name, *content;
                size_t name_length, length;

                if (count == RULEFILE_FILES_MAX || !take_part(&text, &name, &name_length) ||
                    !take_part(&text, &content, &length))
                        return STATUS_INVALID;
                files[count].name = arena_copy(arena, name, name_length);
                files[count].text = arena_copy(arena, content, length);
                files[count].length = length;
                if (files[count].name == NULL || files[count].text == NULL)
                        return STATUS_NO_MEMORY;
                count++;
        }
        *ret_files = files;
        *ret_count = count;
        return STATUS_OK;
}
