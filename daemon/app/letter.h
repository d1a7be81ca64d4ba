/*
 * letter - what a letter says of the alerts it carries. Private to daemon/app.
 */
#ifndef APP_LETTER_H
#define APP_LETTER_H

#include "inside.h"
#include "mappad/digest.h"
#include "mappad/store_diary.h"

/* Which obligation a row is about, and whether it is open; key.rule 0: about none. */
struct letter_duty { struct store_diary_key key; bool open; };
struct letter_rows { struct digest_row *rows; struct letter_duty *duties; size_t count; };

/* Purpose: the rows of a letter that carries some alerts. Shape: in a transaction, every case up to the day. One row
 * for each obligation, however many alerts of it wait; it says what is true now, not what was when the alert was
 * raised. Owns: arena. */
struct letter_alerts { const uint64_t *ids; size_t count; };
MUST_CHECK enum status letter_rows(struct app *app, struct letter_alerts alerts, struct arena *arena,
                                   struct letter_rows *ret_rows);
/* Purpose: write one letter beside those of a delivery. Shape: as letter_rows. */
MUST_CHECK enum status deliver_letter(struct app *app, const struct delivery *delivery, const char *mailbox,
                                      struct letter_alerts alerts);
/* Purpose: tell what a message carries to those whom the routes of its alerts mean today and whom no message tells of
 * it; how many letters that took. Shape: as letter_rows; there are contacts. */
MUST_CHECK enum status retell(struct app *app, struct moment moment, const struct store_message *message,
                              uint64_t *ret_letters);
/* Purpose: how an obligation of a case stands now. Owns: arena. */
struct letter_standing { struct digest_row row; bool open; };
MUST_CHECK enum status letter_standing(struct app *app, const struct store_diary_key *key, const char *ref,
                                       struct arena *arena, struct letter_standing *ret_standing);

/* Purpose: the row of an obligation that is open, as it stands now, raised before. */
struct digest_row letter_row(struct app *app, const struct store_obligation *now);

/* Purpose: what a letter does to the diary of its mailbox: the dates of its rows, and what became of those it was sent
 * before. Writes down that they are sent. Shape: in the transaction that writes the letter. Owns: arena. */
struct diary_letter { const char *mailbox; int32_t today; struct letter_rows rows; };
MUST_CHECK enum status diary_write(struct app *app, const struct diary_letter *letter, struct arena *arena,
                                   struct digest_diary *ret_diary);

#endif
