/*
 * ptctl - the operator's command: the pool and the data.
 *
 *   ptctl [-c FILE] [-p DIR] COMMAND [ARGUMENT…]
 *
 * Exit status: 0 done, 1 failed, 64 wrong usage, 78 wrong configuration.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/command.h"

enum { MAX_CTL_ARENA_BYTES = 64 << 20 };

static const struct command *const tables[] = {pool_commands, data_commands};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct command *c = tables[i]; c->name != NULL; c++)
            if (strcmp(c->name, name) == 0)
                return c;
    return NULL;
}

static void print_usage(FILE *to)
{
    fputs("usage: ptctl [-c FILE] [-p DIR] COMMAND [ARGUMENT...]\n"
          "  -c, --config FILE  configuration (else $PT_CONF, else\n"
          "                     conf/personal-tech.yaml)\n"
          "  -p, --prefix DIR   where relative paths start (else here)\n"
          "      --version      print the version and end\n\n",
          to);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct command *c = tables[i]; c->name != NULL; c++)
            fprintf(to, "  %-9s %-24s %s\n", c->name, c->args, c->help);
}

/* A command for the running supervisor, which may know better. */
static bool is_for_pool(const struct command *c)
{
    for (const struct command *p = pool_commands; p->name != NULL; p++)
        if (p == c)
            return true;
    return false;
}

/*
 * A broken file must not keep the operator from the pool that runs: if the
 * file was read as far as the control socket, that is asked all the same.
 */
static int run_command(const struct command *c, const char *path, int argc,
                       char **argv)
{
    struct err_note why;
    struct ctl ctl = {.conf_path = path,
                      .arena = arena_new(MAX_CTL_ARENA_BYTES, NULL, NULL)};
    int rc = EX_CONFIG;
    enum err e = config_load(path, ctl.arena, &ctl.conf, &why);
    const char *control = ctl.conf.supervisor.control_socket;
    bool usable = is_for_pool(c) && control != NULL && control[0] != '\0';
    if (e != ERR_OK)
        fprintf(stderr, "ptctl %s: %s\n", c->name, why.text);
    if (e == ERR_OK || usable)
        rc = c->run(&ctl, argc, argv);
    if (rc == CTL_USAGE)
        fprintf(stderr, "usage: ptctl [-c FILE] %s %s\n", c->name, c->args);
    arena_free(ctl.arena);
    return rc;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"prefix", required_argument, NULL, 'p'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const char *path = NULL, *prefix = NULL;
    char space[PATH_MAX];
    struct err_note why;
    int o;
    /* "+": what follows the command is the command's */
    while ((o = getopt_long(argc, argv, "+c:p:h", options, NULL)) != -1) {
        if (o == 'v') {
            printf("ptctl (Personal Technology) %s\n", PT_COMMIT);
            return EXIT_SUCCESS;
        }
        if (o != 'c' && o != 'p') {
            print_usage(o == 'h' ? stdout : stderr);
            return o == 'h' ? EXIT_SUCCESS : EX_USAGE;
        }
        *(o == 'c' ? &path : &prefix) = optarg;
    }
    const struct command *c = optind < argc ? find_command(argv[optind]) : NULL;
    if (c == NULL) {
        if (optind < argc)
            fprintf(stderr, "ptctl: no command \"%s\"\n", argv[optind]);
        print_usage(stderr);
        return EX_USAGE;
    }
    if (config_enter(prefix, path, space, &path, &why) != ERR_OK) {
        fprintf(stderr, "ptctl: %s\n", why.text);
        return EX_CONFIG;
    }
    return run_command(c, path, argc - optind, argv + optind);
}
