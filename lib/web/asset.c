#include "web/asset.h"

#include <string.h>

#include "base/limits.h"
#include "gen/assets.h"

/* %s: another place that files may come from */
static const char policy[] =
    "default-src 'none'; style-src 'self'%s; script-src 'self'%s; "
    "img-src 'self' data:%s; font-src 'self'%s; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/* Nothing that ends a source or the header; no query, no user. */
static bool is_prefix(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_:/[]";
    size_t n = strlen(s);
    const char *host = strstr(s, "://");
    return n <= MAX_STATIC_PREFIX && host != NULL &&
           (strncmp(s, "https://", 8) == 0 || strncmp(s, "http://", 7) == 0) &&
           host[3] != '\0' && host[3] != '/' && s[n - 1] != '/' &&
           strspn(s, plain) == n;
}

enum err assets_init(struct assets *ret, const char *prefix, struct arena *a,
                     struct err_note *why)
{
    const char *source = "";
    if (prefix[0] != '\0') {
        if (!is_prefix(prefix))
            return err_set(why, ERR_CONFIG,
                           "site.static_prefix: \"%.*s\" is not "
                           "https://HOST[:PORT][/PATH] without a final /",
                           MAX_STATIC_PREFIX, prefix);
        source = arena_fmt(a, " %s/static/", prefix);
    }
    *ret = (struct assets){
        .css = arena_fmt(a, "%s%s", prefix, ASSET_APP_CSS),
        .js = arena_fmt(a, "%s%s", prefix, ASSET_SITE_JS),
        .favicon = arena_fmt(a, "%s%s", prefix, ASSET_FAVICON_SVG),
        .icons = ASSET_ICONS_SVG,
        .css_hash = ASSET_APP_CSS_HASH,
        .js_hash = ASSET_SITE_JS_HASH,
        .elsewhere = prefix[0] != '\0',
        .policy = arena_fmt(a, policy, source, source, source, source)};
    return ERR_OK;
}
