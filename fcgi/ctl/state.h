/*
 * state - what the supervisor tells of itself, for the commands that show it.
 *
 * Ownership  state_ask() gives a JSON value, to be put by json_object_put();
 *            texts live as long as that.
 * Errors     A command's status, CTL_…; the reason is on standard error.
 * Units      Milliseconds.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_STATE_H
#define PT_FCGI_CTL_STATE_H

#include <stdint.h>

#include "ctl/command.h"
#include "text/member.h"

/* Prints "ptctl COMMAND: what"; CTL_FAILED. */
int state_complain(const char *command, const char *what);

/* Calls the supervisor; *ret_answer is the parsed body. */
int state_ask(const struct ctl *ctl, const char *command, const char *method,
              const char *path, struct json_object **ret_answer);

/* The same, silently: false when there is no answer, why says the reason. */
bool state_read(const struct ctl *ctl, const char *method, const char *path,
                struct json_object **ret_answer, struct err_note *why);

enum { STATE_AGE_TEXT = 16 };

/* "12.3s", "4m", "3h", "2d" */
const char *state_age(int64_t ms, char ret_text[STATE_AGE_TEXT]);

#endif
