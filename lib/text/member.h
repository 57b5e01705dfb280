/*
 * member - what stands in JSON that json-c has parsed.
 *
 * What is not there, or null, or of another kind, is NULL, 0, "" and false: for
 * answers of which another version may say less, and that are told, not
 * trusted. Whom to trust is read by out/jsonread.h, strictly.
 *
 * Ownership  All of it lives as long as the value it was taken from.
 * Layer      text.
 */
#ifndef PT_TEXT_MEMBER_H
#define PT_TEXT_MEMBER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Members of an object; o may be NULL. */
struct json_object *member_get(struct json_object *o, const char *name);
int64_t member_number(struct json_object *o, const char *name);
const char *member_text(struct json_object *o, const char *name);
bool member_is(struct json_object *o, const char *name);

/* Elements of a list; 0 when it is none. */
size_t member_length(struct json_object *list);

#endif
