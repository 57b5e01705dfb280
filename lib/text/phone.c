#include "text/phone.h"

#include <stdio.h>
#include <string.h>

/* Colombian without the country code: 3XXXXXXXXX or 60XXXXXXXX. */
static bool is_national(const char *digits)
{
    return strlen(digits) == 10 &&
           (digits[0] == '3' || strncmp(digits, "60", 2) == 0);
}

bool phone_parse(const char *text, char ret[PHONE_MAX])
{
    char digits[16] = "";
    size_t n = 0;
    bool plus = false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c >= '0' && *c <= '9') {
            if (n == sizeof(digits) - 1)
                return false;
            digits[n++] = *c;
        } else if (*c == '+' && n == 0 && !plus) {
            plus = true;
        } else if (strchr(" .-()", *c) == NULL) {
            return false;
        }
    }
    digits[n] = '\0';
    if (!plus && is_national(digits)) {
        snprintf(ret, PHONE_MAX, "+57%s", digits);
        return true;
    }
    bool colombian = strncmp(digits, "57", 2) == 0;
    if (colombian ? !is_national(digits + 2)
                  : !plus || n < 8 || digits[0] == '0')
        return false;
    snprintf(ret, PHONE_MAX, "+%s", digits);
    return true;
}

bool phone_is_mobile(const char *e164)
{
    return strlen(e164) == 13 && strncmp(e164, "+573", 4) == 0;
}

void phone_show(const char *e164, char ret[PHONE_MAX])
{
    if (strlen(e164) != 13 || strncmp(e164, "+57", 3) != 0) {
        snprintf(ret, PHONE_MAX, "%s", e164);
        return;
    }
    for (const char *d = e164 + 3; *d != '\0'; d++) {
        if (d == e164 + 6 || d == e164 + 9)
            *ret++ = ' ';
        *ret++ = *d;
    }
    *ret = '\0';
}
