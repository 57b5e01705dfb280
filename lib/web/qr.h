/*
 * qr - a QR code as one path of an SVG.
 *
 * Layer      web.
 */
#ifndef PT_WEB_QR_H
#define PT_WEB_QR_H

#include "base/arena.h"
#include "base/err.h"

/* The white border that the standard asks for, ISO/IEC 18004. */
enum { QR_QUIET = 4 };

struct qr {
    const char *path; /* the dark modules, each 1 by 1, within … */
    int size;         /* … size by size, the white border included */
};

/* TOOLARGE: no code holds so much text. UNAVAIL: no memory. */
enum err qr_encode(struct arena *a, const char *text, struct qr *ret) MUST_USE;

#endif
