/*
 * peer - who may speak FastCGI to us.
 *
 * libfcgi trusts whoever connects, so only the web server may: over a unix
 * socket by its user (SO_PEERCRED), over TCP by its address. A list that
 * holds no valid entry lets nobody in.
 *
 * Layer      web.
 */
#ifndef PT_WEB_PEER_H
#define PT_WEB_PEER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct peer_list;

/*
 * addresses: "127.0.0.1", "::1", "10.0.0.0/8"; users: names of accounts, our
 * own is always among them; a name this machine does not know is passed
 * over. Both end with NULL. CONFIG for an address that is none.
 */
enum err peer_list_new(struct arena *a, const char *const *addresses,
                       const char *const *users,
                       const struct peer_list **ret_list,
                       struct err_note *why) MUST_USE;

/* May the process at the other end of fd? If not, who names it. */
bool peer_allowed(const struct peer_list *list, int fd, struct err_note *who);

#endif
