#include "web/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "base/buf.h"

enum { MAX_PATH_TEXT = 256 << 10 };

static void free_code(QRcode **code)
{
    QRcode_free(*code);
}

/* Dark modules side by side are one stroke. */
static void add_row(struct buf *b, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int end = x;
        while (end < width && (row[end] & 1) != 0)
            end++;
        if (end > x)
            buf_addf(b, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, end - x,
                     end - x);
        x = end + 1;
    }
}

enum err qr_encode(struct arena *a, const char *text, struct qr *ret)
{
    CLEANUP(free_code)
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return errno == ERANGE ? ERR_TOOLARGE : ERR_UNAVAIL;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MAX_PATH_TEXT);
    for (int y = 0; y < code->width; y++)
        add_row(&b, code->data + (size_t)y * code->width, code->width, y);
    *ret = (struct qr){.path = arena_strdup(a, buf_str(&b)),
                       .size = code->width + 2 * QR_QUIET};
    return ERR_OK;
}
