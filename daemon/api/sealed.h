/*
 * sealed - what answers about sealed reports share. Private to daemon/api.
 */
#ifndef API_SEALED_H
#define API_SEALED_H

#include "mappad/app_sealed.h"
#include "report.h"

/* Purpose: append a seal without what it holds, as an object. */
void sealed_put(struct wire_buffer *buffer, const struct store_seal *seal);
/* Purpose: the name of a seal, for the log of accesses: "annual:2022-23:v1". */
void sealed_name(const struct store_seal *seal, char ret_name[static API_DETAIL_SIZE]);
/* Purpose: answer that the world failed, or what is wrong with a question about seals. */
void sealed_fail(struct http_request *request, enum status status, const struct wire_problem *problem);

#endif
