/*
 * fuzz_tpl - any bytes as a template, parsed in every way and rendered.
 *
 * clang -fsanitize=fuzzer,address,undefined with lib/base, lib/text, lib/tpl.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "tpl/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct row {
    const char *a;
    int64_t b;
    bool x;
};

static const struct column row_columns[] = {
    COL(COL_TEXT, struct row, a),
    COL(COL_INT, struct row, b),
    COL(COL_BOOL, struct row, x),
    {0},
};

/* The section A is shown for rows; they have all that a dictionary has. */
static void bind(struct tpl_dict *d, struct tpl_names *names)
{
    static const struct row rows[] = {{"<&'\" \n", -7, true}, {NULL, 0, false}};
    tpl_bind(d, tpl_name(names, "A", 1), row_columns, rows, ARRAY_LEN(rows),
             sizeof(rows[0]));
}

static void fill(struct tpl_dict *d, struct tpl_names *names,
                 const struct tpl *t)
{
    static const char *const texts[] = {"A", "B", "X"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        unsigned name = tpl_name(names, texts[i], 1);
        tpl_set(d, name, "<a href='javascript:x' \"\n&=>");
        tpl_show(tpl_add(d, name), name);
        tpl_set(tpl_include(d, name, t), name, "in\nside");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)256 << 20, NULL, NULL);
    struct tpl_names *names = tpl_names_new(arena);
    struct buf out;
    buf_init(&out, 1 << 20);
    for (int mode = 0; mode < 6; mode++) {
        const struct tpl *t;
        struct err_note why;
        struct tpl_source src = {.file = "fuzz.tpl",
                                 .p = (const char *)data,
                                 .n = size,
                                 .strip = (enum tpl_strip)(mode % 3),
                                 .strict = mode >= 3};
        if (tpl_parse(arena, names, &src, &t, &why) != ERR_OK)
            continue;
        struct tpl_dict *d = tpl_dict_new_names(arena, LANG_ES, names);
        fill(d, names, t);
        if (mode % 2 != 0)
            bind(d, names);
        buf_reset(&out);
        if (tpl_render(t, d, &out, &why) == ERR_OK && size < 4096) {
            buf_reset(&out);
            compile_emit(&out, t, names, "tpl_fuzz");
            if (strstr(buf_str(&out), "{{") != NULL)
                abort();
        }
    }
    buf_done(&out);
    arena_free(arena);
    return 0;
}
