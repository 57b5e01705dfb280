/*
 * redis_reply - the next reply of a Redis connection, in few system calls.
 *
 * Ownership  The reply is freed with freeReplyObject().
 * Errors     False when none came: the connection is of no use any more.
 * Source     hiredis 0.14: redisGetReply() is this, but reads in pieces of
 *            16 KiB, a page in four of them.
 * Layer      store.
 */
#ifndef PT_STORE_REDIS_REPLY_H
#define PT_STORE_REDIS_REPLY_H

#include <hiredis/hiredis.h>
#include <stdbool.h>

#include "base/compiler.h"

/* Sends what is in the pipeline, then waits; conn is a blocking one. */
bool redis_reply(redisContext *conn, void **ret_reply) MUST_USE;

#endif
