/*
 * asset - where a browser finds the static files, and what pages may load.
 *
 * Without site.static_prefix it is /static/ of the site itself. With it (a CDN
 * or a container of Blob Storage, see scripts/publish-static) style, script and
 * the icon of the tab come from there, and pages give the hash of the first
 * two, so that whoever holds that place cannot change them. The drawings that
 * pages refer to by <use> stay here: no browser takes them from elsewhere.
 *
 * Ownership  Text lies in the arena, or is constant.
 * Errors     CONFIG for a prefix that is none.
 * Source     Content Security Policy Level 3, 2.3.1; Subresource Integrity.
 * Layer      web.
 */
#ifndef PT_WEB_ASSET_H
#define PT_WEB_ASSET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct assets {
    const char *css, *js, *favicon, *icons; /* addresses */
    const char *css_hash, *js_hash;         /* as integrity="" has them */
    bool elsewhere;                         /* css and js are another site's */
    const char *policy; /* Content-Security-Policy of a page; form-action is
                         * its end */
};

/* prefix: https://HOST[:PORT][/PATH] without a final /; "" for none. */
enum err assets_init(struct assets *ret, const char *prefix, struct arena *a,
                     struct err_note *why) MUST_USE;

#endif
