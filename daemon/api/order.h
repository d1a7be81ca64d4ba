/*
 * order - who goes first among the connections of a server. Private to daemon/api. Without a stopwatch nobody does.
 */
#ifndef API_ORDER_H
#define API_ORDER_H

#include "conn.h"

/* Purpose: a connection has taken its answer: it goes first no more, until it is seen to ask nothing for a while. */
void order_taken(struct conn *conn);
/* Purpose: what it asks, or is answered, is long: the rest of it goes before nobody. */
void order_long(struct conn *conn);
/* Purpose: it ends. */
void order_forget(struct conn *conn);
/* Purpose: a request comes to be served; whether it went first. */
bool order_serve(struct conn *conn);
/* Purpose: it was served; the turn of the loop ends if it has served enough. The connection may be gone. */
void order_served(struct http_server *server, bool patient);
/* Purpose: a turn has ended: see who has asked nothing since the last answer. Cost: a system call, if anybody has an
 * answer that was taken long enough ago and was not looked at since. */
void order_turn(struct http_server *server);

#endif
