#include "store/filetype.h"

#include <magic.h>
#include <malloc.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"

enum {
    MAX_ACCEPT_BYTES = 1024,
    LOOK_BYTES = 128 << 10 /* that libmagic reads into memory */
};

/* extensions: without dots, blanks between, the usual one first */
static const struct filetype {
    const char *mime, *extensions;
    bool shown;
} filetypes[] = {
    {"application/pdf", "pdf", true},
    {"image/png", "png", true},
    {"image/jpeg", "jpg jpeg jpe jfif", true},
    {"image/webp", "webp", true},
    {"image/gif", "gif", false},
    {"image/heic", "heic", false},
    {"image/tiff", "tif tiff", false},
    {"text/plain", "txt csv log md ini conf", false},
    {"text/csv", "csv txt", false},
    {"text/html", "html htm", false},
    {"image/svg+xml", "svg", false},
    {"application/msword", "doc dot", false},
    {"application/vnd.ms-excel", "xls xlt", false},
    {"application/vnd.ms-powerpoint", "ppt pps", false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
     "docx", false},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
     "xlsx", false},
    {"application/vnd.openxmlformats-officedocument.presentationml"
     ".presentation",
     "pptx", false},
    {"application/vnd.oasis.opendocument.text", "odt", false},
    {"application/vnd.oasis.opendocument.spreadsheet", "ods", false},
    {"application/vnd.oasis.opendocument.presentation", "odp", false},
    /* some programs order an office document so that it looks like this */
    {"application/zip", "zip docx xlsx pptx odt ods odp", false},
};

static const struct filetype *find(const char *mime)
{
    for (size_t i = 0; i < ARRAY_LEN(filetypes); i++)
        if (strcmp(filetypes[i].mime, mime) == 0)
            return &filetypes[i];
    return NULL;
}

static enum err ask_magic(magic_t m, int fd, struct arena *a,
                          const char **ret_mime, struct err_note *why)
{
    const char *mime = NULL;
    size_t look = LOOK_BYTES;
    if (magic_setparam(m, MAGIC_PARAM_BYTES_MAX, &look) == 0 &&
        magic_load(m, NULL) == 0 && lseek(fd, 0, SEEK_SET) == 0)
        mime = magic_descriptor(m, fd);
    if (mime == NULL) {
        const char *what = magic_error(m);
        return err_set(why, ERR_SYSTEM, "libmagic: %s",
                       what != NULL ? what : "no answer");
    }
    *ret_mime = arena_strdup(a, mime);
    return ERR_OK;
}

/* The data is mapped, not read: opening it costs less than keeping it. */
enum err filetype_of(int fd, struct arena *a, const char **ret_mime,
                     struct err_note *why)
{
    magic_t m = magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR |
                           MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF);
    if (m == NULL)
        return err_errno(why, ERR_SYSTEM, "libmagic");
    enum err e = ask_magic(m, fd, a, ret_mime, why);
    magic_close(m);
    malloc_trim(0); /* 2 MB of it would stay in every worker's heap */
    return e;
}

bool filetype_is_shown(const char *mime)
{
    const struct filetype *t = find(mime);
    return t != NULL && t->shown;
}

/* Is end, without its dot, one of the extensions? */
static bool fits(const char *extensions, const char *end)
{
    size_t len = strlen(end);
    for (const char *e = extensions; *e != '\0';) {
        size_t n = strcspn(e, " ");
        if (n == len && strncasecmp(e, end, n) == 0)
            return true;
        e += n + (e[n] == ' ');
    }
    return false;
}

const char *filetype_name(struct arena *a, const char *mime, const char *name)
{
    const struct filetype *t = find(mime);
    const char *dot = strrchr(name, '.');
    if (t == NULL || (dot != NULL && fits(t->extensions, dot + 1)))
        return name;
    return arena_fmt(a, "%s.%.*s", name, (int)strcspn(t->extensions, " "),
                     t->extensions);
}

const char *filetype_accept(struct arena *a, const char *const *mimes)
{
    struct buf b;
    buf_init(&b, MAX_ACCEPT_BYTES);
    for (; mimes != NULL && *mimes != NULL; mimes++) {
        const struct filetype *t = find(*mimes);
        const char *e = t != NULL ? t->extensions : "";
        while (*e != '\0') {
            size_t n = strcspn(e, " ");
            buf_addf(&b, "%s.%.*s", b.n > 0 ? "," : "", (int)n, e);
            e += n + (e[n] == ' ');
        }
    }
    const char *text = arena_strdup(a, buf_str(&b));
    buf_done(&b);
    return text;
}
