/*
 * notify - tells the service manager how this service is doing.
 *
 * Does nothing where nobody listens (no NOTIFY_SOCKET). Never waits.
 *
 * Source     sd_notify(3), "Notes" for the protocol.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_NOTIFY_H
#define PT_FCGI_POOL_NOTIFY_H

#include "base/compiler.h"

/* Takes NOTIFY_SOCKET out of the environment, which workers inherit. */
void notify_init(void);

/* Puts it back, for a program that takes this one's place. */
void notify_keep(void);

void notify_send(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
