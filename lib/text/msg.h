/*
 * msg - every text a person reads, in both languages.
 *
 * The texts stand in messages.def files beside the code that shows them, one
 * MSG(key, spanish, english) per text; a missing translation does not
 * compile. The build joins the files, and lists their keys for the enum.
 *
 * Layer      text.
 */
#ifndef PT_TEXT_MSG_H
#define PT_TEXT_MSG_H

#include <stdbool.h>
#include <stddef.h>

enum lang { LANG_ES, LANG_EN, LANG__MAX };

enum msg {
    MSG_none, /* the empty text */
#include "gen/messages.h"
    MSG__MAX
};

/* The text of m; static, never NULL. */
const char *msg_text(enum lang lang, enum msg m);

/* The message called name (n bytes); false when there is none. */
bool msg_find(const char *name, size_t n, enum msg *ret_msg);

/* The name of m as in messages.def. */
const char *msg_name(enum msg m);

/* "es" or "en", as used in addresses and in lang="…". */
const char *lang_code(enum lang lang);

#endif
