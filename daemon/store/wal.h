/*
 * wal - the write-ahead log in long pieces. Private to daemon/store.
 */
#ifndef STORE_WAL_H
#define STORE_WAL_H

/* Purpose: the name of a file system for SQLite that stands before its usual one and gathers what is appended to a
 * write-ahead log. NULL, which means the usual one, if it could not be set up. */
const char *wal_vfs(void);

#endif
