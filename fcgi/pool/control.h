/*
 * control - what can be asked of the supervisor over its admin sockets.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_CONTROL_H
#define PT_FCGI_POOL_CONTROL_H

#include "pool/admin.h"

/* Their argument is the struct super. */
extern const struct admin_route control_routes[];

#endif
