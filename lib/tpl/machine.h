/*
 * machine - one step of a state machine that is written as a table.
 *
 * A state is a list of rules, tried in order; the last one is for all other
 * bytes. Machines run when templates are compiled, so a row that can be read
 * is worth more than one that is found fast.
 *
 * Layer      tpl.
 */
#ifndef PT_TPL_MACHINE_H
#define PT_TPL_MACHINE_H

#include <stdint.h>
#include <string.h>

#define MACHINE_SPACE " \t\n\v\f\r"

struct machine_rule {
    const char *bytes; /* NULL: any */
    uint8_t to;        /* the next state */
};

#define MACHINE_RULES(...) ((const struct machine_rule[]){__VA_ARGS__})

/* NUL is in no list of bytes. */
static inline uint8_t machine_step(const struct machine_rule *state, char c)
{
    while (state->bytes != NULL &&
           (c == '\0' || strchr(state->bytes, c) == NULL))
        state++;
    return state->to;
}

#endif
