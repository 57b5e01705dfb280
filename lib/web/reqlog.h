/*
 * reqlog - the line that the log has of each request.
 *
 * At level info with http.access_log, else for developers, at debug. It has
 * no query string, which may hold what is secret, but says how long it was. A
 * GET or HEAD that succeeded, without query and body, to one of
 * http.suppress_paths has none; whatever else happens there has its line.
 *
 * Layer      web.
 */
#ifndef PT_WEB_REQLOG_H
#define PT_WEB_REQLOG_H

#include "web/ctx.h"

/* ERR_CONFIG names the path that is none. */
enum err reqlog_check(const struct config *conf, struct err_note *why) MUST_USE;

/* Is this request, answered with this status, left out? */
bool reqlog_hides(const struct config *conf, const struct req *r, int status);

/* c->resp is as it will be sent; it took so long. */
void reqlog_write(const struct ctx *c, int64_t us, unsigned statements);

#endif
