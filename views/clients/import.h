/*
 * import - what the files of the import of clients share.
 *
 * import_file.c reads a CSV file as clients, import_job.c checks and imports
 * it in the background, import.c are the pages.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_IMPORT_H
#define PT_VIEWS_IMPORT_H

#include "base/limits.h"
#include "clients.h"
#include "model/client_import.h"
#include "text/csv_reader.h"

enum {
    IMPORT_MAX_PROBLEMS = 16,           /* of one line */
    IMPORT_MAX_BYTES = 20 * 1000 * 1000 /* of a file */
};

/* --- import_file.c --- */

/* A column that a file may have; the table ends with MSG_none. */
struct import_column {
    enum msg label;    /* one of its two texts is its head */
    const char *field; /* of clients_form, or "document" for both of its two;
                        * NULL: read over */
    bool required;
    const char *others;           /* more heads, folded, "|" after each; NULL */
    const struct choice *choices; /* whose labels or values it takes */
};

extern const struct import_column import_columns[];

/* Why the heads of a file are refused: names of columns, "a, b". */
struct import_heads {
    const char *unknown, *missing, *twice;
    bool bad;
};

/* What is wrong with a line. */
struct import_problem {
    const char *field; /* of clients_form; "" the line as a whole */
    enum msg why;
};

struct import_line {
    int64_t number;
    bool empty;
    struct client client; /* as it would be stored, if there is no problem */
    bool has_document;    /* it can be read, whatever else is wrong */
    size_t n_problems;
    struct import_problem problems[IMPORT_MAX_PROBLEMS];
    struct import_problem warning; /* MSG_none for none; of a good line */
};

/* What the bytes of a file are, from its begin; SYSTEM. */
enum err import_charset(int fd, enum charset *ret,
                        struct err_note *why) MUST_USE;

struct import_file;

/* Reads the heads from the begin of fd; INVALID with ret_heads in lang. */
enum err import_file_open(struct arena *a, int fd, enum charset charset,
                          enum lang lang, struct import_file **ret_file,
                          struct import_heads *ret_heads) MUST_USE;

/* The bytes in which the file of an import came. */
enum charset import_charset_of(const struct client_import *im);

/* The next line, its texts in a; NOTFOUND, TOOLARGE, SYSTEM. */
enum err import_file_next(struct import_file *f, struct arena *a,
                          struct import_line *ret) MUST_USE;

/* Bytes that were read so far, more than the lines that were returned. */
int64_t import_file_bytes(const struct import_file *f);

/* The name by which the database knows a problem, and back; MSG_none. */
const char *import_code(enum msg why);
enum msg import_problem(const char *code);

/* The label of a field, MSG_none for the line as a whole. */
enum msg import_label(const char *field);

/* --- import_job.c --- */

/* The job that checks the lines, and the one that imports the good ones, in
 * the transaction of what asks for it. */
enum err import_ask_check(struct ctx *c, int64_t id) MUST_USE;
enum err import_ask_import(struct ctx *c, int64_t id) MUST_USE;

#endif
