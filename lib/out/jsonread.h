/*
 * jsonread - JSON that others wrote, by json-c, read strictly.
 *
 * Ownership  jsonread_parse() gives an object that the arena lets go;
 *            texts belong to it.
 * Errors     INVALID.
 * Layer      out.
 */
#ifndef PT_OUT_JSONREAD_H
#define PT_OUT_JSONREAD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* p[0..n) is one object, of valid UTF-8, not too deep, and nothing else. */
enum err jsonread_parse(struct arena *a, const char *p, size_t n,
                        struct json_object **ret) MUST_USE;

/* A text of that name, without NUL; NULL when it is missing or another. */
const char *jsonread_text(struct json_object *o, const char *name);

/* The text that v is; NULL when it is none, or has a NUL. */
const char *jsonread_value(struct json_object *v);

/* A whole number of seconds, as JWT has them (they may have a fraction). */
bool jsonread_time(struct json_object *o, const char *name, int64_t *ret);

#endif
