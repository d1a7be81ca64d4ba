/* fingerprint - see fingerprint.h. */
#include "mappad/fingerprint.h"

#include <openssl/sha.h>

enum status fingerprint(const char *text, size_t length, char ret_hex[static FINGERPRINT_SIZE])
{
        static const char digits[] = "0123456789abcdef";
        unsigned char sum[SHA256_DIGEST_LENGTH];

        if (SHA256((const unsigned char *)text, length, sum) == NULL)
                return STATUS_NO_MEMORY;
        for (size_t i = 0; i < (FINGERPRINT_SIZE - 1) / 2; i++) {
                ret_hex[2 * i] = digits[sum[i] >> 4];
                ret_hex[2 * i + 1] = digits[sum[i] & 15];
        }
        ret_hex[FINGERPRINT_SIZE - 1] = '\0';
        return STATUS_OK;
}
