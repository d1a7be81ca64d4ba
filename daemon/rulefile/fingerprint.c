/* fingerprint - see fingerprint.h. */
#include "mappad/fingerprint.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum status fingerprinter_init(struct fingerprinter *fingerprinter)
{
        fingerprinter->kind = EVP_MD_fetch(NULL, "SHA256", NULL);
        fingerprinter->context = EVP_MD_CTX_new();
        return fingerprinter->kind != NULL && fingerprinter->context != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void fingerprinter_fini(struct fingerprinter *fingerprinter)
{
        EVP_MD_CTX_free(fingerprinter->context);
        EVP_MD_free(fingerprinter->kind);
        *fingerprinter = (struct fingerprinter){.kind = NULL};
}

enum status fingerprint(struct fingerprinter *fingerprinter, const char *text, size_t length,
                        uint8_t ret_bytes[static FINGERPRINT_SIZE])
{
        unsigned char sum[SHA256_DIGEST_LENGTH];
        EVP_MD_CTX *context = fingerprinter->context;

        if (EVP_DigestInit_ex2(context, fingerprinter->kind, NULL) != 1 ||
            EVP_DigestUpdate(context, text, length) != 1 || EVP_DigestFinal_ex(context, sum, NULL) != 1)
                return STATUS_NO_MEMORY;
        memcpy(ret_bytes, sum, FINGERPRINT_SIZE);
        return STATUS_OK;
}
