/*
 * site - requests to the web layer without a web server.
 *
 * Ownership  Everything lives in t_arena; t_site_done() frees the rest.
 */
#ifndef PT_TEST_SITE_H
#define PT_TEST_SITE_H

#include "test/support.h"
#include "web/ctx.h"

/* A process of the site: default configuration, a fixed secret. */
struct t_site {
    struct app app;
    struct resp resp;
};

/* db may be NULL when nothing asks it. */
struct t_site *t_site_new(struct db *db);
void t_site_done(struct t_site *site);

/* The next request, from 192.0.2.1 over https, with this Cookie header. */
struct ctx *t_request(struct t_site *site, const char *cookies);

/* The value the response sets for a cookie; NULL when it sets none. */
const char *t_set_cookie(const struct t_site *site, const char *name);

/* "name=value" of it, as the browser sends it back; fails when not set. */
const char *t_cookie_back(const struct t_site *site, const char *name);

/* A logged-in account, which no database knows. */
struct session *t_session(const char *token, enum role role);

#endif
