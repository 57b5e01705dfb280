/* pttpl - the template compiler. */
#include "tpl/pttpl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "tpl/compile.h"

enum {
    PTTPL_ARENA_MAX = 1 << 30, /* bytes for all templates of one run */
    PTTPL_OUT_MAX = 256 << 20  /* bytes of output */
};

static const char usage_text[] =
    "usage: pttpl check FILE...\n"
    "       pttpl compile FILE.tpl\n"
    "       pttpl names [--header] [FILE...]\n"
    "       pttpl render FILE.tpl DATA.json [--strip=none|blank|whitespace]\n"
    "                    [--lang=es|en]\n"
    "\n"
    "check    reports errors as file:line:column: message\n"
    "compile  writes a template as C tables to standard output\n"
    "names    writes the table of all marker names, or its header\n"
    "render   writes the expansion of a template with the data\n";

/* What the commands work with. */
struct pttpl {
    struct arena *arena;
    struct tpl_names *names;
    struct buf *out;
    struct err_note why;
};

static int usage_error(void)
{
    fputs(usage_text, stderr);
    return EX_USAGE;
}

/* Says why; half an output is none. */
static int failure(struct pttpl *p)
{
    buf_reset(p->out);
    fprintf(stderr, "%s\n", p->why.text);
    return EXIT_FAILURE;
}

/* What stands below the folder views/; NULL when path does not. */
static const char *below_views(const char *path)
{
    static const char views[] = "views/";
    const char *at = strstr(path, views);
    if (at == NULL || (at > path && at[-1] != '/'))
        return NULL;
    return at + strlen(views);
}

/* A text without markup: there is nothing to escape, and each blank counts. */
static bool is_plain_text(const char *path)
{
    static const char end[] = ".txt.tpl";
    size_t n = strlen(path), n_end = strlen(end);
    return n > n_end && strcmp(path + n - n_end, end) == 0;
}

enum err pttpl_load(struct arena *a, struct tpl_names *names, const char *path,
                    enum tpl_strip strip, const struct tpl **ret_tpl,
                    struct err_note *why)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, TPL_SOURCE_MAX);
    TRY(fd_read_file(path, &text, why));
    struct tpl_source src = {.file = path,
                             .p = buf_str(&text),
                             .n = text.n,
                             .strip = strip,
                             .strict = below_views(path) != NULL &&
                                       !is_plain_text(path)};
    return tpl_parse(a, names, &src, ret_tpl, why);
}

static int run_check(struct pttpl *p, int n, char **files)
{
    if (n == 0)
        return usage_error();
    int status = EXIT_SUCCESS;
    for (int i = 0; i < n; i++) {
        const struct tpl *t;
        if (pttpl_load(p->arena, p->names, files[i], TPL_STRIP_NONE, &t,
                       &p->why) != ERR_OK)
            status = failure(p);
    }
    return status;
}

/* views/clients/list.tpl is tpl_clients_list, as scripts/gen-tpl-header. */
static const char *symbol_of(struct arena *a, const char *path)
{
    const char *name = below_views(path);
    if (name == NULL)
        name = path;
    size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".tpl") == 0)
        n -= 4;
    char *symbol = arena_fmt(a, "tpl_%.*s", (int)n, name);
    for (char *s = symbol; *s != '\0'; s++) {
        bool good = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
                    (*s >= '0' && *s <= '9');
        if (!good)
            *s = '_';
    }
    return symbol;
}

static int run_compile(struct pttpl *p, int n, char **files)
{
    const struct tpl *t;
    if (n != 1)
        return usage_error();
    enum tpl_strip strip =
        is_plain_text(files[0]) ? TPL_STRIP_NONE : TPL_STRIP_BLANK;
    if (pttpl_load(p->arena, p->names, files[0], strip, &t, &p->why) != ERR_OK)
        return failure(p);
    compile_emit(p->out, t, p->names, symbol_of(p->arena, files[0]));
    return EXIT_SUCCESS;
}

static int run_names(struct pttpl *p, int n, char **files)
{
    bool header = n > 0 && strcmp(files[0], "--header") == 0;
    for (int i = header; i < n; i++) {
        const struct tpl *t;
        if (files[i][0] == '-')
            return usage_error();
        if (pttpl_load(p->arena, p->names, files[i], TPL_STRIP_BLANK, &t,
                       &p->why) != ERR_OK)
            return failure(p);
    }
    if (header)
        pttpl_names_header(p->out, p->arena, p->names);
    else
        pttpl_names_table(p->out, p->arena, p->names);
    return EXIT_SUCCESS;
}

/* "--name=value" where value is one of the words: its position, else -1. */
static int choice(const char *arg, const char *name, const char *const *words)
{
    size_t n = strlen(name);
    for (int i = 0; strncmp(arg, name, n) == 0 && words[i] != NULL; i++)
        if (strcmp(arg + n, words[i]) == 0)
            return i;
    return -1;
}

static int run_render(struct pttpl *p, int n, char **args)
{
    static const char *const strips[] = {[TPL_STRIP_NONE] = "none",
                                         [TPL_STRIP_BLANK] = "blank",
                                         [TPL_STRIP_WHITESPACE] = "whitespace",
                                         NULL};
    static const char *const langs[] = {
        [LANG_ES] = "es", [LANG_EN] = "en", NULL};
    struct pttpl_rendering what = {.strip = TPL_STRIP_NONE};
    for (int i = 0; i < n; i++) {
        int strip = choice(args[i], "--strip=", strips);
        int lang = choice(args[i], "--lang=", langs);
        if (strip >= 0)
            what.strip = (enum tpl_strip)strip;
        else if (lang >= 0)
            what.lang = (enum lang)lang;
        else if (args[i][0] != '-' && what.template == NULL)
            what.template = args[i];
        else if (args[i][0] != '-' && what.data == NULL)
            what.data = args[i];
        else
            return usage_error();
    }
    if (what.data == NULL)
        return usage_error();
    if (pttpl_render(p->out, p->arena, &what, &p->why) != ERR_OK)
        return failure(p);
    return EXIT_SUCCESS;
}

static int run(struct pttpl *p, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*fn)(struct pttpl *p, int n, char **args);
    } commands[] = {
        {"check", run_check},
        {"compile", run_compile},
        {"names", run_names},
        {"render", run_render},
    };
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            buf_adds(p->out, usage_text);
            return EXIT_SUCCESS;
        }
    }
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].fn(p, argc - 2, argv + 2);
    return usage_error();
}

int main(int argc, char **argv)
{
    struct buf out;
    buf_init(&out, PTTPL_OUT_MAX);
    struct arena *arena = arena_new(PTTPL_ARENA_MAX, NULL, NULL);
    struct pttpl p = {
        .arena = arena, .names = tpl_names_new(arena), .out = &out};
    int status = run(&p, argc, argv);
    if (!buf_ok(&out) || !fd_write_all(STDOUT_FILENO, buf_str(&out), out.n)) {
        fputs("pttpl: cannot write the output\n", stderr);
        status = EXIT_FAILURE;
    }
    buf_done(&out);
    arena_free(arena);
    return status;
}
