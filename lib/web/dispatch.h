/*
 * dispatch - from a request to a response, in one direction.
 *
 * Finds the row of the path, loads the session, checks the permission, reads
 * and checks the form, runs the handler, renders. Everything that goes wrong
 * on the way ends here, is logged here once, and becomes an error page.
 *
 * Layer      web.
 */
#ifndef PT_WEB_DISPATCH_H
#define PT_WEB_DISPATCH_H

#include "web/ctx.h"

/*
 * Answers the request described by env; the response is in resp, which the
 * caller sends. Whatever happens, there is a response. Returns the request,
 * which lives in the arena: its route, NULL when there was none, and its work
 * for after the response (web/after.h), which the caller runs.
 */
struct ctx *dispatch(struct app *app, struct arena *arena, char *const *env,
                     body_fn *read_body, void *source, struct resp *resp);

#endif
