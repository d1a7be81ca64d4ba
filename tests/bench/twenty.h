/*
 * twenty - the twenty rules as a loop over packed arrays, with nothing general
 * in it: the limit.
 */
#ifndef BENCH_TWENTY_H
#define BENCH_TWENTY_H

#include "answers.h"
#include "caseload.h"

/* Purpose: answer for every case as of a day. Events after it do not count. */
void twenty_run(const struct caseload *caseload, int32_t today, struct answers *answers);

#endif
