#include "web/download.h"

#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/filestore.h"
#include "store/filetype.h"

/* nginx's internal location over files.dir */
static const char media[] = "/media/";

/* In the quoted form: what is not plain ASCII, or means something, is "_". */
static void add_plain(struct buf *b, const char *name)
{
    for (const char *s = name; *s != '\0'; s++) {
        unsigned char ch = (unsigned char)*s;
        if ((ch & 0xc0) == 0x80)
            continue; /* one "_" a character */
        bool plain = ch >= ' ' && ch < 0x7f && strchr("\"\\%/", ch) == NULL;
        buf_addc(b, plain ? (char)ch : '_');
    }
}

/* attr-char of RFC 8187, 3.2.1; the rest as %XX. */
static void add_encoded(struct buf *b, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$&+-.^_`|~";
    for (const char *s = name; *s != '\0'; s++)
        if (strchr(plain, *s) != NULL)
            buf_addc(b, *s);
        else
            buf_addf(b, "%%%02X", (unsigned char)*s);
}

const char *download_disposition(struct arena *a, bool shown, const char *name)
{
    struct buf b;
    buf_init(&b, 64 + 4 * MAX_FILE_NAME_BYTES + 32);
    buf_adds(&b, shown ? "inline" : "attachment");
    buf_adds(&b, "; filename=\"");
    add_plain(&b, name);
    buf_adds(&b, "\"; filename*=UTF-8''");
    add_encoded(&b, name);
    const char *text = arena_strdup(a, buf_ok(&b) ? buf_str(&b) : "attachment");
    buf_done(&b);
    return text;
}

/* A row whose file is gone is our fault, not the visitor's. */
static enum err check(struct ctx *c, const char *hash)
{
    int fd;
    enum err e = filestore_open(c->app->files, hash, &fd, &c->note);
    if (e != ERR_OK)
        return ERR_SYSTEM;
    close(fd);
    return ERR_OK;
}

/*
 * What a browser shows runs no script and loads nothing. The viewers of PDF
 * do not start in a sandbox, and need the object that is the document.
 */
static const char *policy(const char *mime)
{
    if (strcmp(mime, "application/pdf") == 0)
        return "default-src 'none'; object-src 'self'; "
               "style-src 'unsafe-inline'; frame-ancestors 'none'";
    return "sandbox; default-src 'none'; img-src 'self'; "
           "style-src 'unsafe-inline'; frame-ancestors 'none'";
}

enum err download_file(struct ctx *c, const char *hash, const char *mime,
                       const char *name)
{
    struct resp *r = c->resp;
    TRY(check(c, hash));
    resp_header(
        r, "X-Accel-Redirect",
        arena_fmt(c->arena, "%s%s", media, filestore_path(c->arena, hash)));
    resp_header(r, "Content-Type", mime);
    resp_header(r, "Content-Disposition",
                download_disposition(c->arena, filetype_is_shown(mime), name));
    resp_header(r, "Content-Security-Policy", policy(mime));
    resp_header(r, "X-Content-Type-Options", "nosniff");
    /* who may have it is asked again each time */
    resp_header(r, "Cache-Control", "private, no-cache");
    return ERR_OK;
}
