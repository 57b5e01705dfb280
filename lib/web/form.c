#include "web/form.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "text/phone.h"
#include "text/url.h"
#include "text/utf8.h"

static size_t count(const struct field *fields)
{
    size_t n = 0;
    while (fields != NULL && fields[n].kind != FIELD_NONE)
        n++;
    return n;
}

static size_t find(const struct form *f, const char *name)
{
    size_t n = count(f->fields);
    for (size_t i = 0; i < n; i++)
        if (strcmp(f->fields[i].name, name) == 0)
            return i;
    return n;
}

/* A name the code itself wrote: not finding it is a bug. */
static size_t must_find(const struct form *f, const char *name)
{
    size_t i = find(f, name);
    if (i == count(f->fields))
        abort();
    return i;
}

void form_init(struct form *f, struct arena *a, const struct field *fields)
{
    size_t n = count(fields);
    *f = (struct form){.fields = fields, .csrf = ""};
    f->values = ARENA_ARRAY(a, const char *, n);
    f->errors = ARENA_ARRAY(a, enum msg, n);
    f->about = ARENA_ARRAY(a, const char *, n);
    for (size_t i = 0; i < n; i++)
        f->values[i] = "";
}

/* --- reading --- */

static enum err take_pair(struct form *f, struct arena *a, const char *p,
                          size_t n, struct err_note *why)
{
    const char *eq = memchr(p, '=', n);
    size_t name_n = eq != NULL ? (size_t)(eq - p) : n;
    const char *raw = eq != NULL ? eq + 1 : p + n;
    size_t raw_n = (size_t)(p + n - raw), got;
    char *name = arena_alloc(a, name_n + 1);
    char *value = arena_alloc(a, raw_n + 1);
    if (!url_decode(p, name_n, true, name, &got) ||
        !url_decode(raw, raw_n, true, value, &got))
        return err_set(why, ERR_BADREQ, "form field is not percent-encoded");
    return form_put(f, name, value, got, why);
}

enum err form_put(struct form *f, const char *name, const char *value, size_t n,
                  struct err_note *why)
{
    if (!utf8_valid(value, n))
        return err_set(why, ERR_BADREQ, "form field is not UTF-8");
    size_t i = find(f, name);
    if (i < count(f->fields) && f->fields[i].kind != FIELD_FILE)
        f->values[i] = value;
    else if (strcmp(name, "csrf") == 0)
        f->csrf = value;
    else
        f->unknown++;
    return ERR_OK;
}

enum err form_parse(struct form *f, struct arena *a, const char *p, size_t n,
                    struct err_note *why)
{
    size_t fields = 0;
    for (size_t at = 0; at < n;) {
        const char *end = memchr(p + at, '&', n - at);
        size_t len = end != NULL ? (size_t)(end - (p + at)) : n - at;
        if (len > 0 && ++fields > MAX_FORM_FIELDS)
            return err_set(why, ERR_BADREQ, "more than %d form fields",
                           MAX_FORM_FIELDS);
        if (len > 0)
            TRY(take_pair(f, a, p + at, len, why));
        at += len + 1;
    }
    return ERR_OK;
}

/* --- files --- */

const struct field *form_file_field(const struct form *f, const char *name)
{
    size_t n = count(f->fields);
    for (size_t i = 0; i < n; i++)
        if (f->fields[i].kind == FIELD_FILE &&
            (name == NULL || strcmp(f->fields[i].name, name) == 0))
            return &f->fields[i];
    return NULL;
}

size_t form_files_max(const struct field *field)
{
    return field->files > 0 ? field->files : 1;
}

/* Room for all that all fields may take. */
static size_t room(const struct form *f)
{
    size_t n = count(f->fields), most = 0;
    for (size_t i = 0; i < n; i++)
        if (f->fields[i].kind == FIELD_FILE)
            most += form_files_max(&f->fields[i]);
    return most;
}

void form_add_file(struct form *f, struct arena *a,
                   const struct form_file *file)
{
    size_t most = room(f);
    if (f->files == NULL)
        f->files = ARENA_ARRAY(a, struct form_file, most);
    if (f->n_files == most)
        abort();
    f->files[f->n_files++] = *file;
}

const struct form_file *form_file(const struct form *f, const char *name,
                                  size_t i)
{
    const struct field *field = &f->fields[must_find(f, name)];
    for (size_t k = 0; k < f->n_files; k++)
        if (f->files[k].field == field && i-- == 0)
            return &f->files[k];
    return NULL;
}

/* --- checking --- */

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One line: trimmed, runs of white space made one blank. */
static char *one_line(struct arena *a, const char *text)
{
    char *copy = arena_alloc(a, strlen(text) + 1), *out = copy;
    for (const char *c = text; *c != '\0'; c++) {
        if (!is_space(*c))
            *out++ = *c;
        else if (out > copy && out[-1] != ' ')
            *out++ = ' ';
    }
    if (out > copy && out[-1] == ' ')
        out--;
    *out = '\0';
    return copy;
}

/* Several lines: \r\n and \r to \n, blank space at the end dropped. */
static char *several_lines(struct arena *a, const char *text)
{
    char *copy = arena_alloc(a, strlen(text) + 1), *out = copy;
    for (const char *c = text; *c != '\0'; c++)
        if (c[0] != '\r' || c[1] != '\n')
            *out++ = *c;
    for (char *c = copy; c < out; c++)
        if (*c == '\r')
            *c = '\n';
    while (out > copy && is_space(out[-1]))
        out--;
    *out = '\0';
    return copy;
}

static bool has_control(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t') ||
            *c == 0x7f)
            return true;
    return false;
}

/* At least two labels, the last of two characters. Source: RFC 1035, 2.3. */
static bool is_domain(const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    for (size_t labels = 1;; labels++) {
        size_t n = strspn(s, plain);
        if (n == 0 || n > 63 || s[0] == '-' || s[n - 1] == '-')
            return false;
        if (s[n] == '\0')
            return labels > 1 && n > 1;
        if (s[n] != '.')
            return false;
        s += n + 1;
    }
}

/* local@domain in ASCII. Source: RFC 5321, 4.1.2, without quoting. */
static bool is_email(const char *s)
{
    static const char local[] = "abcdefghijklmnopqrstuvwxyz0123456789"
                                ".!#$%&'*+/=?^_`{|}~-";
    size_t n = strspn(s, local);
    return n > 0 && n <= 64 && s[n] == '@' && s[0] != '.' && s[n - 1] != '.' &&
           memmem(s, n, "..", 2) == NULL && is_domain(s + n + 1);
}

static enum msg check_email(struct arena *a, const char **value)
{
    char *lower = arena_strdup(a, *value);
    for (char *c = lower; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    *value = lower;
    return is_email(lower) ? MSG_none : MSG_form_bad_email;
}

static enum msg check_phone(struct arena *a, const char **value)
{
    char e164[PHONE_MAX];
    if (!phone_parse(*value, e164))
        return MSG_form_bad_phone;
    *value = arena_strdup(a, e164);
    return MSG_none;
}

static enum msg check_int(const struct field *fd, const char *value)
{
    bool ok = strlen(value) <= 18 &&
              strspn(value, "0123456789") == strlen(value) &&
              (fd->max == 0 || strtoll(value, NULL, 10) <= fd->max);
    return ok ? MSG_none : MSG_form_bad_number;
}

static enum msg check_choice(const struct field *fd, const char *value)
{
    for (const struct choice *c = fd->choices; c->value != NULL; c++)
        if (strcmp(c->value, value) == 0)
            return MSG_none;
    return MSG_form_bad_choice;
}

static enum msg check_value(const struct field *fd, struct arena *a,
                            const char **value)
{
    if (fd->kind == FIELD_LINES)
        *value = several_lines(a, *value);
    else if (fd->kind != FIELD_PASSWORD)
        *value = one_line(a, *value);
    if ((*value)[0] == '\0' && (fd->flags & FIELD_REQUIRED) != 0)
        return fd->kind == FIELD_BOOL ? MSG_form_unticked : MSG_form_required;
    if ((*value)[0] == '\0')
        return MSG_none;
    if (has_control(*value))
        return MSG_form_bad_text;
    if (fd->max > 0 && fd->kind != FIELD_INT &&
        utf8_units(*value, strlen(*value)) > (size_t)fd->max)
        return MSG_form_too_long;
    switch (fd->kind) {
    case FIELD_EMAIL:
        return check_email(a, value);
    case FIELD_PHONE:
        return check_phone(a, value);
    case FIELD_INT:
        return check_int(fd, *value);
    case FIELD_CHOICE:
        return check_choice(fd, *value);
    case FIELD_BOOL:
        *value = "1";
        return MSG_none;
    case FIELD_NONE:
    case FIELD_TEXT:
    case FIELD_LINES:
    case FIELD_PASSWORD:
    case FIELD_FILE:
        break;
    }
    return MSG_none;
}

/* What was wrong with a file was found when it came. */
static enum msg check_file(const struct form *f, size_t i)
{
    const struct field *fd = &f->fields[i];
    if (f->errors[i] == MSG_none && (fd->flags & FIELD_REQUIRED) != 0 &&
        form_file(f, fd->name, 0) == NULL)
        return MSG_form_no_file;
    return f->errors[i];
}

bool form_check(struct form *f, struct arena *a)
{
    size_t n = count(f->fields);
    for (size_t i = 0; i < n; i++)
        f->errors[i] = f->fields[i].kind == FIELD_FILE
                           ? check_file(f, i)
                           : check_value(&f->fields[i], a, &f->values[i]);
    return !form_has_errors(f);
}

bool form_has_errors(const struct form *f)
{
    size_t n = count(f->fields);
    for (size_t i = 0; i < n; i++)
        if (f->errors[i] != MSG_none)
            return true;
    return false;
}

/* --- values --- */

bool form_has(const struct form *f, const char *name)
{
    return find(f, name) < count(f->fields);
}

const char *form_text(const struct form *f, const char *name)
{
    return f->values[must_find(f, name)];
}

int64_t form_int(const struct form *f, const char *name)
{
    return strtoll(form_text(f, name), NULL, 10);
}

bool form_bool(const struct form *f, const char *name)
{
    return form_text(f, name)[0] != '\0';
}

void form_set(struct form *f, const char *name, const char *value)
{
    f->values[must_find(f, name)] = value;
}

void form_refuse(struct form *f, const char *name, enum msg why)
{
    f->errors[must_find(f, name)] = why;
}
