#include "text/nit.h"

#include <stdio.h>
#include <string.h>

char nit_dv(const char *digits)
{
    static const int weights[NIT_DIGITS] = {3,  7,  13, 17, 19, 23, 29, 37,
                                            41, 43, 47, 53, 59, 67, 71};
    size_t n = strlen(digits);
    int sum = 0;
    for (size_t i = 0; i < n && i < NIT_DIGITS; i++)
        sum += (digits[n - 1 - i] - '0') * weights[i];
    int rest = sum % 11;
    return (char)('0' + (rest < 2 ? rest : 11 - rest));
}

/* Where the digits of a text go, one after the other. */
struct target {
    char *digits;
    size_t n, max;
};

static bool take_digit(struct target *t, char c)
{
    if (t->n == t->max)
        return false;
    t->digits[t->n++] = c;
    t->digits[t->n] = '\0';
    return true;
}

enum nit_result nit_parse(const char *text, struct nit *ret)
{
    struct nit got = {{0}, {0}};
    struct target number = {got.number, 0, NIT_DIGITS}, dv = {got.dv, 0, 1};
    struct target *at = &number;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '-' && at == &number) {
            at = &dv;
        } else if (*c >= '0' && *c <= '9') {
            bool leading = *c == '0' && at == &number && number.n == 0;
            if (!leading && !take_digit(at, *c))
                return NIT_BAD;
        } else if (strchr("., ", *c) == NULL) {
            return NIT_BAD;
        }
    }
    if (number.n == 0 || (at == &dv && dv.n == 0))
        return NIT_BAD;
    char right = nit_dv(got.number);
    bool wrong = dv.n > 0 && got.dv[0] != right;
    if (wrong)
        got.dv[0] = right;
    *ret = got;
    return wrong ? NIT_WRONG_DV : NIT_OK;
}

void nit_show(const char *number, const char *dv, char ret[NIT_MAX])
{
    size_t n = strnlen(number, NIT_DIGITS), at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            ret[at++] = '.';
        ret[at++] = number[i];
    }
    if (dv[0] != '\0') {
        ret[at++] = '-';
        ret[at++] = dv[0];
    }
    ret[at] = '\0';
}

bool nit_suggest(const char *number, struct nit *ret)
{
    struct nit nine = {{0}, {0}};
    if (strlen(number) != 10)
        return false;
    memcpy(nine.number, number, 9);
    nine.dv[0] = number[9];
    if (nit_dv(nine.number) != number[9])
        return false;
    *ret = nine;
    return true;
}
