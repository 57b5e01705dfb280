/*
 * multipart - a multipart/form-data body, read part by part.
 *
 * The body streams through a window of MULTIPART_WINDOW_BYTES; a part is
 * handed on in pieces as it comes, so a file is never in memory as a whole.
 * What one program could read in another way than we do is refused: a second
 * Content-Disposition, name or filename, filename* (RFC 7578 forbids it in
 * forms), folded header lines, transfer encodings, NUL, bytes that are not
 * UTF-8 in a name, a boundary that does not end its line.
 *
 * Browsers write `"`, CR and LF in a name as %22, %0D and %0A, other programs
 * as \"; all are understood, and nothing else is decoded. Of a file's name
 * only what follows the last / or \ is taken.
 *
 * Ownership  Names live in the arena; a piece of data until its call ends.
 * Errors     BADREQ (malformed, incomplete, over a limit), and what the sink
 *            returns, which ends the reading.
 * Source     RFC 7578, RFC 2046 section 5.1, the WHATWG HTML standard
 *            ("multipart form data").
 * Layer      web.
 */
#ifndef PT_WEB_MULTIPART_H
#define PT_WEB_MULTIPART_H

#include "base/arena.h"
#include "base/err.h"
#include "web/req.h"

struct multipart_part {
    const char *name;
    const char *filename; /* without folders; NULL: this is no file */
};

/* Who takes the parts: begin, then data any number of times, then end. */
struct multipart_sink {
    enum err (*begin)(void *arg, const struct multipart_part *part);
    enum err (*data)(void *arg, const char *p, size_t n);
    enum err (*end)(void *arg);
    void *arg;
};

/* The boundary that a Content-Type names; NULL when it is not of this kind. */
const char *multipart_boundary(struct arena *a, const char *content_type);

/*
 * Reads a body with this boundary to its end; at most MAX_FORM_FIELDS parts,
 * MAX_PART_HEADER_BYTES of header lines each.
 */
enum err multipart_read(struct arena *a, const char *boundary, body_fn *read,
                        void *source, const struct multipart_sink *sink,
                        struct err_note *why) MUST_USE;

#endif
