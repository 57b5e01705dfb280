/*
 * dane - the municipalities of Colombia by their code.
 *
 * Five digits, two of the department and three of the municipality: what an
 * electronic invoice and every public form asks for. All departments are
 * known here, and of the municipalities those with most people and those
 * around Medellín. The others have no name here, but a code all the same.
 *
 * Source     DANE, División Político-Administrativa (DIVIPOLA), 2024.
 * Layer      text.
 */
#ifndef PT_TEXT_DANE_H
#define PT_TEXT_DANE_H

#include <stdbool.h>
#include <stddef.h>

enum { DANE_MAX = 6 }; /* bytes of a code, with NUL */

struct dane_place {
    const char *code, *name;
};

extern const struct dane_place dane_places[]; /* by code, {0} at the end */

/*
 * Reads a code, "05001"; one whose zero a spreadsheet has taken away, "5001";
 * or a municipality that has a name here, with its department: "Medellín,
 * Antioquia". By its name alone none is taken, for many share it with another
 * one. False, and ret is not touched, when it is none of these.
 */
bool dane_parse(const char *text, char ret[DANE_MAX]);

/* "Medellín"; "" for one without a name here. */
const char *dane_name(const char *code);

/* "Antioquia"; "" for a code of no department. */
const char *dane_department(const char *code);

#endif
