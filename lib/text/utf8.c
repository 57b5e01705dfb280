#include "text/utf8.h"

#include <string.h>

#include "base/compiler.h"

/* Bytes of the sequence at s, 0 when it is broken. RFC 3629, section 4. */
static size_t sequence_length(const unsigned char *s, size_t n)
{
    unsigned char c = s[0];
    if (c < 0x80)
        return c != 0;
    size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && s[1] < 0xa0) || (c == 0xed && s[1] > 0x9f) ||
        (c == 0xf0 && s[1] < 0x90) || (c == 0xf4 && s[1] > 0x8f))
        return 0;
    return len;
}

bool utf8_valid(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        size_t len = sequence_length(u + i, n - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t utf8_length(const char *s, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += (s[i] & 0xc0) != 0x80;
    return count;
}

/* What takes four bytes is a pair of surrogates there. */
size_t utf8_units(const char *s, size_t n)
{
    size_t count = utf8_length(s, n);
    for (size_t i = 0; i < n; i++)
        count += (unsigned char)s[i] >= 0xf0;
    return count;
}

size_t utf8_prefix(const char *s, size_t max)
{
    size_t n = strnlen(s, max);
    while (n > 0 && (s[n] & 0xc0) == 0x80)
        n--;
    return n;
}

uint32_t utf8_next(const char *s, size_t n, size_t *ret_len)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t len = sequence_length(u, n);
    if (len <= 1) {
        *ret_len = 1;
        return u[0];
    }
    uint32_t cp = u[0] & (0x7fU >> len);
    for (size_t i = 1; i < len; i++)
        cp = cp << 6 | (u[i] & 0x3fU);
    *ret_len = len;
    return cp;
}

/* Latin letters with marks, without them: U+00C0 to U+017F, "" unchanged. */
static const char *base_letter(uint32_t cp)
{
    static const char *const latin1[] = {
        "a", "a", "a", "a", "a", "a", "ae", "c", "e",  "e", "e",
        "e", "i", "i", "i", "i", "d", "n",  "o", "o",  "o", "o",
        "o", " ", "o", "u", "u", "u", "u",  "y", "th", "ss"};
    static const char extended[] =
        "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
        "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
    static const char *const singles[] = {
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
        "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"};
    if (cp >= 0xc0 && cp <= 0xff && cp != 0xf7) {
        if (cp == 0xff)
            return "y";
        return latin1[cp >= 0xe0 ? cp - 0xe0 : cp - 0xc0];
    }
    if (cp == 0x132 || cp == 0x133)
        return "ij";
    if (cp == 0x152 || cp == 0x153)
        return "oe";
    if (cp >= 0x100 && cp < 0x100 + sizeof(extended) - 1)
        return singles[extended[cp - 0x100] - 'a'];
    return NULL;
}

static bool is_ascii_word(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9');
}

void utf8_fold(struct buf *b, const char *s, size_t n)
{
    bool gap = false, any = false;
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = utf8_next(s + i, n - i, &len);
        if (cp >= 'A' && cp <= 'Z')
            cp += 'a' - 'A';
        if (cp >= 0x300 && cp <= 0x36f)
            continue; /* a combining mark */
        const char *base = base_letter(cp);
        bool word = is_ascii_word(cp) || (base != NULL && base[0] != ' ') ||
                    (cp > 0x17f && (cp < 0x2000 || cp > 0x206f));
        if (!word) {
            gap = true;
            continue;
        }
        if (gap && any)
            buf_addc(b, ' ');
        gap = false;
        any = true;
        if (base != NULL)
            buf_adds(b, base);
        else if (cp < 0x80)
            buf_addc(b, (char)cp);
        else
            buf_add(b, s + i, len);
    }
}
