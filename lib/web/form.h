/*
 * form - a form is one table; undeclared fields never arrive.
 *
 * The table says what each field is, and which template markers show its
 * value and its error. A body (or query string) is read and checked by the
 * table before a handler runs. Values are kept on error, passwords excepted.
 *
 *   static const struct field client_form[] = {
 *       FIELD(email, FIELD_EMAIL, MSG_client_email, .max = 254),
 *       {0}};
 *
 * A form with files is declared in the same way, and its <form> says
 * enctype="multipart/form-data". Each file is temporary until the handler
 * keeps it (store/filestore.h); it may also just read it:
 *
 *       FILE_FIELD(papers, MSG_client_files, .types = types, .files = 10)
 *
 *   const struct form_file *file;
 *   for (size_t i = 0; (file = form_file(f, "papers", i)) != NULL; i++)
 *       TRY(filestore_keep(file->temp, &hash, &c->note));
 *
 * Its address must be one for which nginx lets larger bodies pass
 * (conf/nginx/server.conf): …/archivos/ or …/importar/.
 *
 * Ownership  Values live in the arena of the request; never NULL.
 * Errors     form_parse(): BADREQ (broken encoding, too many fields).
 * Units      .max is in characters as `maxlength` counts them (utf8_units()),
 *            for FIELD_INT the largest value, for FIELD_FILE bytes of each file
 *            (0: files.max_bytes).
 * Layer      web.
 */
#ifndef PT_WEB_FORM_H
#define PT_WEB_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "text/msg.h"

enum field_kind {
    FIELD_NONE,     /* ends a table */
    FIELD_TEXT,     /* one line, trimmed, runs of blanks made one */
    FIELD_LINES,    /* several lines */
    FIELD_EMAIL,    /* lower case; an address RFC 5321 could deliver to */
    FIELD_PHONE,    /* stored as +573001234567 */
    FIELD_PASSWORD, /* taken as typed, never shown again */
    FIELD_INT,      /* 0 … max */
    FIELD_BOOL,     /* a check box: "" or "1" */
    FIELD_CHOICE,   /* one of choices */
    FIELD_FILE      /* files: form_file(), never a value */
};

enum { FIELD_REQUIRED = 1 };

struct choice {
    const char *value; /* NULL ends a table */
    enum msg label;
};

struct field {
    enum field_kind kind;
    const char *name;
    enum msg label;
    int64_t max;
    unsigned flags;
    const struct choice *choices;
    const char *const *types; /* FIELD_FILE: MIME types; NULL takes any */
    size_t files;             /* FIELD_FILE: how many at most; 0 is one */
    unsigned value_marker;    /* F_name; a FIELD_BOOL's section C_name; of a
                               * FIELD_FILE what its accept attribute says */
    unsigned error_marker;    /* section E_name, with MESSAGE */
    unsigned option_marker;   /* FIELD_CHOICE: section O_name */
};

/* A field shown by a template; the markers must exist in some template. */
#define FIELD(id, type, text, ...)                                             \
    {                                                                          \
        .kind = (type), .name = #id, .label = (text),                          \
        .value_marker = N_F_##id, .error_marker = N_E_##id, __VA_ARGS__        \
    }
#define CHOICE_FIELD(id, text, options, ...)                                   \
    {                                                                          \
        .kind = FIELD_CHOICE, .name = #id, .label = (text),                    \
        .choices = (options), .option_marker = N_O_##id,                       \
        .error_marker = N_E_##id, __VA_ARGS__                                  \
    }
#define CHECK_FIELD(id, text)                                                  \
    {                                                                          \
        .kind = FIELD_BOOL, .name = #id, .label = (text),                      \
        .value_marker = N_C_##id                                               \
    }
/* Shown empty, whatever was typed. */
#define PASSWORD_FIELD(id, text, ...)                                          \
    {                                                                          \
        .kind = FIELD_PASSWORD, .name = #id, .label = (text),                  \
        .error_marker = N_E_##id, __VA_ARGS__                                  \
    }
/* A hidden field: shown again, but no place for an error beside it. */
#define HIDDEN_FIELD(id, type, ...)                                            \
    {                                                                          \
        .kind = (type), .name = #id, .value_marker = N_F_##id, __VA_ARGS__     \
    }
/* A field no template shows: query strings, hidden fields of buttons. */
#define PLAIN_FIELD(id, type, ...)                                             \
    {                                                                          \
        .kind = (type), .name = #id, __VA_ARGS__                               \
    }

#define FILE_FIELD(id, text, ...)                                              \
    {                                                                          \
        .kind = FIELD_FILE, .name = #id, .label = (text),                      \
        .value_marker = N_F_##id, .error_marker = N_E_##id, __VA_ARGS__        \
    }

struct filestore_temp;

/* A file that came along. */
struct form_file {
    const struct field *field;
    const char *name; /* for people; no path, with an end that fits mime */
    const char *mime; /* by its content */
    int64_t bytes;    /* at least 1 */
    struct filestore_temp *temp;
};

struct form {
    const struct field *fields; /* NULL: no form */
    const char **values;        /* one per field */
    enum msg *errors;           /* one per field; MSG_none */
    const char **about;         /* one per field: what the error is about,
                                 * such as the name of a file; NULL */
    struct form_file *files;
    size_t n_files;
    bool too_large;   /* a file was */
    const char *csrf; /* the token that came along, or "" */
    size_t unknown;   /* names that no row declares */
};

/* All values empty. */
void form_init(struct form *f, struct arena *a, const struct field *fields);

/* Reads application/x-www-form-urlencoded bytes; unknown names are counted. */
enum err form_parse(struct form *f, struct arena *a, const char *p, size_t n,
                    struct err_note *why) MUST_USE;

/* One name and its value, as they came; n bytes, which may be anything. */
enum err form_put(struct form *f, const char *name, const char *value, size_t n,
                  struct err_note *why) MUST_USE;

/* The FIELD_FILE of this name (NULL: the first of all); NULL for none. */
const struct field *form_file_field(const struct form *f, const char *name);

/* How many files it takes. */
size_t form_files_max(const struct field *field);

/* Adds a copy of file, which its field has room for. */
void form_add_file(struct form *f, struct arena *a,
                   const struct form_file *file);

/* File number i of a field; NULL past the last. */
const struct form_file *form_file(const struct form *f, const char *name,
                                  size_t i);

/* Checks every value by its row, normalises it; false when one is refused. */
bool form_check(struct form *f, struct arena *a);

/* Is there a row of this name? */
bool form_has(const struct form *f, const char *name);

/* Values by name; a name that is not in the table is a bug and aborts. */
const char *form_text(const struct form *f, const char *name);
int64_t form_int(const struct form *f, const char *name);
bool form_bool(const struct form *f, const char *name);

/* Sets a value, for showing a form filled. */
void form_set(struct form *f, const char *name, const char *value);

/* Refuses a field for a reason only the handler knows. */
void form_refuse(struct form *f, const char *name, enum msg why);

bool form_has_errors(const struct form *f);

#endif
