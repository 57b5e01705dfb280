#include "web/multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "text/utf8.h"

struct reader {
    struct arena *arena;
    struct err_note *why;
    body_fn *read;
    void *source;
    const struct multipart_sink *sink;
    char delimiter[MAX_BOUNDARY_BYTES + 5]; /* "\r\n--" and the boundary */
    size_t delimiter_n;
    char *window; /* bytes at … end are not consumed yet */
    size_t at, end;
    bool dry; /* the source has no more */
};

static enum err refuse(struct reader *r, const char *what)
{
    return err_set(r->why, ERR_BADREQ, "multipart: %s", what);
}

/* --- the window --- */

/* Reads until n bytes wait, or the source is dry. */
static void fill(struct reader *r, size_t n)
{
    if (r->end - r->at >= n || r->dry)
        return;
    memmove(r->window, r->window + r->at, r->end - r->at);
    r->end -= r->at;
    r->at = 0;
    while (r->end < n && !r->dry) {
        size_t got = r->read(r->source, r->window + r->end,
                             MULTIPART_WINDOW_BYTES - r->end);
        r->dry = got == 0;
        r->end += got;
    }
}

static const char *waiting(const struct reader *r)
{
    return r->window + r->at;
}

/* Where text first stands among the bytes that wait; NULL if it does not. */
static const char *find(const struct reader *r, const char *text, size_t n)
{
    return memmem(waiting(r), r->end - r->at, text, n);
}

static bool take(struct reader *r, const char *text, size_t n)
{
    fill(r, n);
    if (r->end - r->at < n || memcmp(waiting(r), text, n) != 0)
        return false;
    r->at += n;
    return true;
}

/* --- header lines --- */

struct head {
    const char *name, *filename;
    bool disposition; /* its line was there */
};

static bool is_token(char c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* The three that browsers write so; what they stand for, or 0. */
static char escaped(const char *s)
{
    return strncmp(s, "%22", 3) == 0       ? '"'
           : strncasecmp(s, "%0D", 3) == 0 ? '\r'
           : strncasecmp(s, "%0A", 3) == 0 ? '\n'
                                           : '\0';
}

/* The quoted string at *s, which moves past it; NULL when it has no end. */
static const char *take_quoted(struct arena *a, const char **s)
{
    const char *in = *s + 1;
    char *text = arena_alloc(a, strlen(in) + 1), *out = text;
    while (*in != '"') {
        char c = escaped(in);
        if (*in == '\0')
            return NULL;
        if (c != '\0') {
            *out++ = c;
            in += 3;
            continue;
        }
        /* a path of Windows is not quoted: its \ stands for itself */
        if (in[0] == '\\' && (in[1] == '"' || in[1] == '\\'))
            in++;
        *out++ = *in++;
    }
    *out = '\0';
    *s = in + 1;
    return text;
}

static const char *take_token(struct arena *a, const char **s)
{
    size_t n = 0;
    while (is_token((*s)[n]))
        n++;
    const char *text = arena_dup(a, *s, n);
    *s += n;
    return n > 0 ? text : NULL;
}

static enum err take_parameter(struct reader *r, struct head *h, const char **s)
{
    const char *name = take_token(r->arena, s);
    *s = skip_blanks(*s);
    if (name == NULL || **s != '=')
        return refuse(r, "parameter without name or value");
    *s = skip_blanks(*s + 1);
    const char *value =
        **s == '"' ? take_quoted(r->arena, s) : take_token(r->arena, s);
    if (value == NULL)
        return refuse(r, "value of a parameter");
    bool is_name = strcasecmp(name, "name") == 0;
    if (strcasecmp(name, "filename*") == 0)
        return refuse(r, "filename*");
    if (!is_name && strcasecmp(name, "filename") != 0)
        return ERR_OK;
    const char **to = is_name ? &h->name : &h->filename;
    if (*to != NULL)
        return refuse(r, "a parameter stands twice");
    *to = value;
    return ERR_OK;
}

static enum err take_disposition(struct reader *r, struct head *h,
                                 const char *value)
{
    const char *kind = take_token(r->arena, &value);
    if (h->disposition || kind == NULL || strcasecmp(kind, "form-data") != 0)
        return refuse(r, "Content-Disposition is not form-data, or twice");
    h->disposition = true;
    for (value = skip_blanks(value); *value != '\0';
         value = skip_blanks(value)) {
        if (*value != ';')
            return refuse(r, "Content-Disposition");
        value = skip_blanks(value + 1);
        TRY(take_parameter(r, h, &value));
    }
    return ERR_OK;
}

static enum err take_line(struct reader *r, struct head *h, const char *line)
{
    const char *colon = line;
    while (is_token(*colon))
        colon++;
    if (colon == line || *colon != ':')
        return refuse(r, "header line");
    size_t n = (size_t)(colon - line);
    const char *value = skip_blanks(colon + 1);
    if (strncasecmp(line, "Content-Disposition", n) == 0 && n == 19)
        return take_disposition(r, h, value);
    if (strncasecmp(line, "Content-Transfer-Encoding", n) == 0 && n == 25 &&
        strncasecmp(value, "binary", 6) != 0 &&
        strncasecmp(value, "7bit", 4) != 0 &&
        strncasecmp(value, "8bit", 4) != 0)
        return refuse(r, "Content-Transfer-Encoding");
    if (strncasecmp(line, "Content-Type", n) == 0 && n == 12 &&
        strncasecmp(value, "multipart/", 10) == 0)
        return refuse(r, "a part of parts");
    return ERR_OK;
}

/* "C:\\docs\\a.txt" and "../a.txt" are both "a.txt". */
static const char *last_part(const char *path)
{
    const char *name = path;
    for (const char *c = path; *c != '\0'; c++)
        if (*c == '/' || *c == '\\')
            name = c + 1;
    return name;
}

/* Lines p[0..n), each with its CRLF, no NUL. */
static enum err read_lines(struct reader *r, const char *p, size_t n,
                           struct multipart_part *ret)
{
    struct head h = {0};
    if (!utf8_valid(p, n))
        return refuse(r, "header lines are not UTF-8");
    for (const char *stop = p + n; p < stop;) {
        const char *crlf = memmem(p, (size_t)(stop - p), "\r\n", 2);
        char *line = arena_dup(r->arena, p, (size_t)(crlf - p));
        if (strpbrk(line, "\r\n") != NULL)
            return refuse(r, "CR or LF alone in a header line");
        TRY(take_line(r, &h, line));
        p = crlf + 2;
    }
    if (h.name == NULL)
        return refuse(r, "a part has no name");
    ret->name = h.name;
    ret->filename = h.filename != NULL ? last_part(h.filename) : NULL;
    return ERR_OK;
}

static enum err read_head(struct reader *r, struct multipart_part *ret)
{
    if (take(r, "\r\n", 2))
        return refuse(r, "a part has no header lines");
    fill(r, MAX_PART_HEADER_BYTES);
    const char *stop = find(r, "\r\n\r\n", 4);
    size_t n = stop != NULL ? (size_t)(stop - waiting(r)) + 2 : 0;
    if (stop == NULL || n > MAX_PART_HEADER_BYTES)
        return refuse(r, "header lines without end");
    TRY(read_lines(r, waiting(r), n, ret));
    r->at += n + 2;
    return ERR_OK;
}

/* --- parts --- */

static enum err hand_on(struct reader *r, size_t n)
{
    const char *p = waiting(r);
    r->at += n;
    return n > 0 ? r->sink->data(r->sink->arg, p, n) : ERR_OK;
}

/* Up to the delimiter, which is taken too. */
static enum err read_content(struct reader *r)
{
    for (;;) {
        fill(r, MULTIPART_WINDOW_BYTES);
        const char *stop = find(r, r->delimiter, r->delimiter_n);
        if (stop != NULL) {
            TRY(hand_on(r, (size_t)(stop - waiting(r))));
            r->at += r->delimiter_n;
            return r->sink->end(r->sink->arg);
        }
        size_t n = r->end - r->at;
        if (r->dry)
            return refuse(r, "the body ends inside a part");
        /* the last bytes may be where a delimiter begins */
        TRY(hand_on(r, n - r->delimiter_n));
    }
}

/* What stands before the first boundary is nobody's; mostly it is nothing. */
static enum err skip_preamble(struct reader *r)
{
    if (take(r, r->delimiter + 2, r->delimiter_n - 2))
        return ERR_OK;
    fill(r, MULTIPART_WINDOW_BYTES);
    const char *stop = find(r, r->delimiter, r->delimiter_n);
    if (stop == NULL)
        return refuse(r, "no boundary");
    r->at += (size_t)(stop - waiting(r)) + r->delimiter_n;
    return ERR_OK;
}

/* After a delimiter: "--" ends it all, a new line begins a part. */
static enum err next_part(struct reader *r, bool *ret_more)
{
    if (take(r, "--", 2)) {
        *ret_more = false;
        return ERR_OK;
    }
    while (take(r, " ", 1) || take(r, "\t", 1))
        ; /* "transport padding", RFC 2046 */
    if (!take(r, "\r\n", 2))
        return refuse(r, "a boundary does not end its line");
    *ret_more = true;
    return ERR_OK;
}

static enum err read_parts(struct reader *r)
{
    bool more = false;
    TRY(skip_preamble(r));
    TRY(next_part(r, &more));
    for (size_t n = 0; more; n++) {
        struct multipart_part part;
        if (n == MAX_FORM_FIELDS)
            return refuse(r, "too many parts");
        TRY(read_head(r, &part));
        TRY(r->sink->begin(r->sink->arg, &part));
        TRY(read_content(r));
        TRY(next_part(r, &more));
    }
    return ERR_OK;
}

/* What follows the end is read, so that the body was read, and dropped. */
static void skip_epilogue(struct reader *r)
{
    while (!r->dry) {
        r->at = r->end;
        fill(r, 1);
    }
}

enum err multipart_read(struct arena *a, const char *boundary, body_fn *read,
                        void *source, const struct multipart_sink *sink,
                        struct err_note *why)
{
    struct reader r = {.arena = a,
                       .why = why,
                       .read = read,
                       .source = source,
                       .sink = sink,
                       .window = arena_alloc(a, MULTIPART_WINDOW_BYTES)};
    size_t n = strlen(boundary);
    if (n == 0 || n > MAX_BOUNDARY_BYTES)
        return refuse(&r, "boundary");
    memcpy(r.delimiter, "\r\n--", 4);
    memcpy(r.delimiter + 4, boundary, n + 1);
    r.delimiter_n = n + 4;
    TRY(read_parts(&r));
    skip_epilogue(&r);
    return ERR_OK;
}

/* --- the boundary --- */

/* The characters of RFC 2046, 5.1.1; the last one is no blank. */
static bool is_boundary(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "'()+_,-./:=? ";
    size_t n = strlen(s);
    return n > 0 && n <= MAX_BOUNDARY_BYTES && strspn(s, plain) == n &&
           s[n - 1] != ' ';
}

const char *multipart_boundary(struct arena *a, const char *content_type)
{
    static const char kind[] = "multipart/form-data";
    const char *s = content_type + sizeof(kind) - 1, *found = NULL;
    if (strncasecmp(content_type, kind, sizeof(kind) - 1) != 0)
        return NULL;
    for (s = skip_blanks(s); *s == ';'; s = skip_blanks(s)) {
        s = skip_blanks(s + 1);
        const char *name = take_token(a, &s);
        if (name == NULL || *s++ != '=')
            return NULL;
        const char *value = *s == '"' ? take_quoted(a, &s) : take_token(a, &s);
        if (value == NULL)
            return NULL;
        if (strcasecmp(name, "boundary") == 0)
            found = value;
    }
    return *s == '\0' && found != NULL && is_boundary(found) ? found : NULL;
}
