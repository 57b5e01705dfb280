/*
 * flash - a message for the next page: "the client was archived, undo".
 *
 * It travels in a short-lived cookie that carries a keyed code bound to the
 * session, so nobody can make it say something else.
 *
 * Layer      web.
 */
#ifndef PT_WEB_FLASH_H
#define PT_WEB_FLASH_H

#include "web/ctx.h"

struct flash {
    enum msg text;
    const char *undo;    /* path of the POST that undoes it, "" for none */
    const char *version; /* version the undo expects */
};

void flash_set(struct ctx *c, enum msg text);
void flash_set_undo(struct ctx *c, enum msg text, const char *undo,
                    int64_t version);

/* Reads and deletes the message; false when there is none. */
bool flash_take(struct ctx *c, struct flash *ret);

#endif
