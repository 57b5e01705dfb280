#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int http;
    const char *name, *text;
} errs[] = {
#define X(name, http, text) [ERR_##name] = {http, #name, text},
    ERR_LIST(X)
#undef X
};

int err_http(enum err e)
{
    return e < ERR__MAX ? errs[e].http : 500;
}

const char *err_name(enum err e)
{
    return e < ERR__MAX ? errs[e].name : "UNKNOWN";
}

const char *err_text(enum err e)
{
    return e < ERR__MAX ? errs[e].text : "unknown error";
}

enum err err_set(struct err_note *note, enum err e, const char *fmt, ...)
{
    if (note == NULL)
        return e;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(note->text, sizeof(note->text), fmt, ap);
    va_end(ap);
    return e;
}

enum err err_errno(struct err_note *note, enum err e, const char *fmt, ...)
{
    int saved = errno;
    if (note == NULL)
        return e;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(note->text, sizeof(note->text), fmt, ap);
    va_end(ap);
    size_t len = strlen(note->text);
    snprintf(note->text + len, sizeof(note->text) - len, ": %s",
             strerror(saved));
    return e;
}
