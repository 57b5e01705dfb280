/*
 * Bodies and query strings: whatever comes, every value is valid text within
 * its limits.
 */
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "web/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct choice kinds[] = {
    {"natural", MSG_none}, {"legal", MSG_none}, {0}};

static const struct field fields[] = {
    PLAIN_FIELD(a, FIELD_TEXT, .max = 20, .flags = FIELD_REQUIRED),
    PLAIN_FIELD(b, FIELD_LINES, .max = 40),
    PLAIN_FIELD(c, FIELD_EMAIL, .max = 254),
    PLAIN_FIELD(d, FIELD_PHONE, .max = 30),
    PLAIN_FIELD(e, FIELD_PASSWORD, .max = 128),
    PLAIN_FIELD(f, FIELD_INT, .max = 1000),
    PLAIN_FIELD(g, FIELD_INT),
    PLAIN_FIELD(h, FIELD_BOOL),
    PLAIN_FIELD(i, FIELD_CHOICE, .choices = kinds),
    {0},
};

static void expect(bool ok)
{
    if (!ok)
        abort();
}

static void check_values(const struct form *f)
{
    for (size_t i = 0; fields[i].kind != FIELD_NONE; i++) {
        const char *value = f->values[i];
        expect(utf8_valid(value, strlen(value)));
        if (f->errors[i] != MSG_none || fields[i].kind == FIELD_INT)
            continue;
        expect(fields[i].max == 0 ||
               utf8_length(value, strlen(value)) <= (size_t)fields[i].max);
        if (fields[i].kind != FIELD_LINES && fields[i].kind != FIELD_PASSWORD)
            expect(strpbrk(value, "\r\n\t") == NULL);
    }
    expect(form_int(f, "f") <= 1000 || f->errors[5] != MSG_none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(64 << 20, NULL, NULL);
    struct err_note why;
    struct form f;
    form_init(&f, a, fields);
    if (form_parse(&f, a, (const char *)data, size, &why) == ERR_OK) {
        form_check(&f, a);
        check_values(&f);
    }
    arena_free(a);
    return 0;
}
