#include "web/upload.h"

#include <string.h>

#include "base/limits.h"
#include "store/filestore.h"
#include "store/filetype.h"
#include "text/utf8.h"
#include "web/multipart.h"

struct upload {
    struct ctx *c;
    body_fn *read;
    void *source;
    size_t left; /* of the body */

    /* the part that is coming in; neither: nobody wants it */
    const char *name; /* of a text */
    struct buf text;
    size_t text_bytes;         /* of all texts so far */
    const struct field *field; /* of a file */
    struct form_file file;
};

/* --- the body --- */

static size_t read_some(void *arg, char *p, size_t n)
{
    struct upload *u = arg;
    size_t got = u->read(u->source, p, n < u->left ? n : u->left);
    u->left -= got;
    return got;
}

/* --- texts --- */

static enum err add_text(struct upload *u, const char *p, size_t n)
{
    u->text_bytes += n;
    if (u->text_bytes > MAX_BODY_BYTES)
        return err_set(&u->c->note, ERR_TOOLARGE, "texts over %d bytes",
                       MAX_BODY_BYTES);
    buf_add(&u->text, p, n);
    return ERR_OK;
}

static enum err end_text(struct upload *u)
{
    const char *value = arena_dup(u->c->arena, buf_str(&u->text), u->text.n);
    enum err e = form_put(&u->c->form, u->name, value, u->text.n, &u->c->note);
    buf_reset(&u->text);
    u->name = NULL;
    return e;
}

/* --- files --- */

static int64_t max_bytes(const struct upload *u)
{
    int64_t most = u->c->app->conf.files.max_bytes;
    return u->field->max > 0 && u->field->max < most ? u->field->max : most;
}

/* Marks of direction make "a<mark>gpj.exe" look like "aexe.jpg". */
static bool turns_text(uint32_t ch)
{
    return (ch >= 0x202a && ch <= 0x202e) || (ch >= 0x2066 && ch <= 0x2069) ||
           ch == 0x200e || ch == 0x200f;
}

/* As a name that people can read and no program can be led astray by. */
static const char *clean_name(struct arena *a, const char *name)
{
    size_t n = strlen(name);
    if (n > MAX_FILE_NAME_BYTES) { /* the end says what it is: keep that */
        name += n - MAX_FILE_NAME_BYTES;
        while (((unsigned char)*name & 0xc0) == 0x80)
            name++;
    }
    char *copy = arena_alloc(a, strlen(name) + 1), *out = copy;
    for (size_t left = strlen(name), len; left > 0; left -= len, name += len) {
        uint32_t ch = utf8_next(name, left, &len);
        if (ch < 0x20 || ch == 0x7f)
            *out++ = ' ';
        else if (!turns_text(ch))
            out = mempcpy(out, name, len);
    }
    *out = '\0';
    copy += strspn(copy, " .");
    return *copy != '\0' ? copy : "archivo";
}

/* The file is not taken; the rest of it is read and dropped. */
static void refuse(struct upload *u, enum msg why)
{
    struct form *f = &u->c->form;
    form_refuse(f, u->field->name, why);
    f->about[u->field - f->fields] = u->file.name;
    if (u->file.temp != NULL)
        filestore_drop(u->file.temp);
    u->field = NULL;
}

static enum err begin_file(struct upload *u, const struct multipart_part *part)
{
    struct ctx *c = u->c;
    const struct field *field = form_file_field(&c->form, part->name);
    if (part->filename[0] == '\0')
        return ERR_OK; /* a field where nothing was chosen */
    if (field == NULL) {
        c->form.unknown++;
        return ERR_OK;
    }
    u->field = field;
    u->file = (struct form_file){.field = field,
                                 .name = clean_name(c->arena, part->filename)};
    if (form_file(&c->form, field->name, form_files_max(field) - 1) != NULL) {
        refuse(u, MSG_form_many_files);
        return ERR_OK;
    }
    return filestore_begin(c->app->files, c->arena, &u->file.temp, &c->note);
}

static enum err add_bytes(struct upload *u, const char *p, size_t n)
{
    u->file.bytes += (int64_t)n;
    if (u->file.bytes <= max_bytes(u))
        return filestore_write(u->file.temp, p, n, &u->c->note);
    u->c->form.too_large = true;
    refuse(u, MSG_form_large_file);
    return ERR_OK;
}

static bool is_accepted(const struct field *field, const char *mime)
{
    const char *const *type = field->types;
    while (type != NULL && *type != NULL && strcmp(*type, mime) != 0)
        type++;
    return type == NULL || *type != NULL;
}

static enum err end_file(struct upload *u)
{
    struct ctx *c = u->c;
    struct form_file *file = &u->file;
    if (file->bytes == 0) {
        refuse(u, MSG_form_empty_file);
        return ERR_OK;
    }
    TRY(filetype_of(filestore_fd(file->temp), c->arena, &file->mime, &c->note));
    if (!is_accepted(u->field, file->mime)) {
        log_info(c->app->log, "upload.refused", "type=%s", file->mime);
        refuse(u, MSG_form_bad_file);
        return ERR_OK;
    }
    file->name = filetype_name(c->arena, file->mime, file->name);
    form_add_file(&c->form, c->arena, file);
    u->field = NULL;
    return ERR_OK;
}

/* --- parts --- */

static enum err begin(void *arg, const struct multipart_part *part)
{
    struct upload *u = arg;
    if (part->filename != NULL)
        return begin_file(u, part);
    u->name = part->name;
    return ERR_OK;
}

static enum err data(void *arg, const char *p, size_t n)
{
    struct upload *u = arg;
    return u->name != NULL    ? add_text(u, p, n)
           : u->field != NULL ? add_bytes(u, p, n)
                              : ERR_OK;
}

static enum err end(void *arg)
{
    struct upload *u = arg;
    return u->name != NULL    ? end_text(u)
           : u->field != NULL ? end_file(u)
                              : ERR_OK;
}

bool upload_wanted(const struct ctx *c)
{
    return form_file_field(&c->form, NULL) != NULL &&
           multipart_boundary(c->arena, c->req.content_type) != NULL;
}

enum err upload_read(struct ctx *c, body_fn *read, void *source)
{
    struct upload u = {
        .c = c, .read = read, .source = source, .left = c->req.content_length};
    const struct multipart_sink sink = {begin, data, end, &u};
    const char *boundary = multipart_boundary(c->arena, c->req.content_type);
    if (c->req.content_length > (size_t)c->app->conf.files.request_bytes)
        return err_set(&c->note, ERR_TOOLARGE, "body of %zu bytes",
                       c->req.content_length);
    buf_init(&u.text, MAX_BODY_BYTES);
    enum err e =
        multipart_read(c->arena, boundary, read_some, &u, &sink, &c->note);
    buf_done(&u.text);
    if (e == ERR_OK && u.left > 0)
        e = err_set(&c->note, ERR_BADREQ, "body ended %zu bytes early", u.left);
    return e;
}
