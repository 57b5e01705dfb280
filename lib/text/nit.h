/*
 * nit - Colombian tax numbers and their check digit.
 *
 * Source     DIAN, Orden Administrativa 4 de 1989: the digits from right to
 *            left times 3, 7, 13 …; the sum modulo 11.
 * Units      Numbers are plain digits without leading zeros, the check digit
 *            (dígito de verificación, DV) stands apart.
 * Layer      text.
 */
#ifndef PT_TEXT_NIT_H
#define PT_TEXT_NIT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    NIT_DIGITS = 15, /* without the check digit */
    NIT_MAX = 24     /* bytes of a number as shown, with NUL */
};

struct nit {
    char number[NIT_DIGITS + 1];
    char dv[2]; /* "" when none was given */
};

enum nit_result {
    NIT_OK,
    NIT_BAD,     /* not a number, or too long */
    NIT_WRONG_DV /* ret holds the number with its right check digit */
};

/* The check digit of 1 to 15 digits, as a character. */
char nit_dv(const char *digits);

/*
 * Reads a number as people write it: dots, commas and blanks mean nothing, a
 * hyphen parts the check digit: "900.123.456-8". ret is not touched by
 * NIT_BAD.
 */
enum nit_result nit_parse(const char *text, struct nit *ret);

/* "900.123.456-8"; without the hyphen when dv is "". */
void nit_show(const char *number, const char *dv, char ret[NIT_MAX]);

/*
 * Ten digits whose last is the check digit of the first nine: perhaps a tax
 * number typed without its hyphen, perhaps an identity card. True with the
 * former in ret, for asking, never for correcting.
 */
bool nit_suggest(const char *number, struct nit *ret);

#endif
