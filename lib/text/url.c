#include "text/url.h"

#include <string.h>

void url_query_escape(struct buf *b, const char *s, size_t n)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                ".,_*/~!()-";
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c != '\0' && strchr(plain, c) != NULL) {
            buf_addc(b, (char)c);
        } else if (c == ' ') {
            buf_addc(b, '+');
        } else {
            char seq[3] = {'%', hex[c >> 4], hex[c & 15]};
            buf_add(b, seq, sizeof(seq));
        }
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool url_decode(const char *s, size_t n, bool plus, char *ret, size_t *ret_n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '%') {
            if (n - i < 3)
                return false;
            int hi = hex_value(s[i + 1]), lo = hex_value(s[i + 2]);
            if (hi < 0 || lo < 0)
                return false;
            c = (char)(hi * 16 + lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        ret[out++] = c;
    }
    ret[out] = '\0';
    *ret_n = out;
    return true;
}
