/*
 * client - clients for tests of what belongs to them.
 *
 * Layer      test.
 */
#ifndef PT_TEST_CLIENT_H
#define PT_TEST_CLIENT_H

#include "model/client.h"
#include "test/database.h"

/* A client of whom nothing but the name is known; returns its id. */
int64_t t_client(struct db *db, const char *name);

#endif
