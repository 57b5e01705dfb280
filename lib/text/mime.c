#include "text/mime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "text/utf8.h"

/* --- addresses --- */

static bool is_all(const char *s, size_t n, const char *also)
{
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9');
        if (c == '\0' || (!plain && strchr(also, c) == NULL))
            return false;
    }
    return n > 0;
}

bool mime_address_ok(const char *address)
{
    const char *at = strchr(address, '@');
    size_t n = strlen(address);
    return at != NULL && n <= MIME_ADDRESS_MAX && address[0] != '.' &&
           at[1] != '.' && at[1] != '-' &&
           is_all(address, (size_t)(at - address), "!#$%&'*+-/=?^_`{|}~.") &&
           is_all(at + 1, strlen(at + 1), ".-");
}

bool mime_split(const char *text, char *ret_name, char *ret_address)
{
    const char *open = strrchr(text, '<');
    size_t n = strlen(text), n_name = 0;
    if (open == NULL) {
        memcpy(ret_address, text, n + 1);
    } else {
        if (text[n - 1] != '>')
            return false;
        size_t n_address = n - (size_t)(open - text) - 2;
        memcpy(ret_address, open + 1, n_address);
        ret_address[n_address] = '\0';
        n_name = (size_t)(open - text);
        while (n_name > 0 && text[n_name - 1] == ' ')
            n_name--;
    }
    memcpy(ret_name, text, n_name);
    ret_name[n_name] = '\0';
    return mime_address_ok(ret_address);
}

/* --- texts --- */

/* In a subject any ASCII; in a name only what needs no quotes. */
static bool is_plain(const char *text, bool name)
{
    enum { MAX_PLAIN = 60 }; /* longer ones are folded */
    size_t n = strlen(text);
    if (n == 0)
        return true;
    if (n > MAX_PLAIN || text[0] == ' ' || text[n - 1] == ' ')
        return false;
    if (name)
        return is_all(text, n, " !#$%&'*+-/^_`{|}~");
    return strstr(text, "=?") == NULL &&
           is_all(text, n, " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");
}

static void add_base64(struct buf *b, const char *s, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < n ? p[i + 2] : 0;
        buf_addc(b, digits[v >> 18]);
        buf_addc(b, digits[v >> 12 & 63]);
        buf_addc(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_addc(b, i + 2 < n ? digits[v & 63] : '=');
    }
}

static void add_words(struct buf *b, const char *text)
{
    /* 45 bytes are 60 digits: with "=?UTF-8?B?" and "?=" 72 of 75 */
    enum { WORD_BYTES = 45 };
    size_t left = strlen(text);
    for (const char *word = ""; left > 0; word = "\r\n ") {
        size_t n = 0, len;
        while (n < left) { /* no character is cut in two */
            (void)utf8_next(text + n, left - n, &len);
            if (n + len > WORD_BYTES)
                break;
            n += len;
        }
        buf_adds(b, word);
        buf_adds(b, "=?UTF-8?B?");
        add_base64(b, text, n);
        buf_adds(b, "?=");
        text += n;
        left -= n;
    }
}

void mime_subject(struct buf *b, const char *text)
{
    if (is_plain(text, false))
        buf_adds(b, text);
    else
        add_words(b, text);
}

void mime_mailbox(struct buf *b, const char *name, const char *address)
{
    if (name[0] == '\0') {
        buf_adds(b, address);
        return;
    }
    if (is_plain(name, true))
        buf_adds(b, name);
    else
        add_words(b, name);
    buf_addf(b, " <%s>", address);
}

/* --- dates --- */

void mime_date(struct buf *b, int64_t t)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    time_t time = (time_t)t;
    if (gmtime_r(&time, &tm) == NULL)
        return;
    buf_addf(b, "%s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday],
             tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
             tm.tm_min, tm.tm_sec);
}
