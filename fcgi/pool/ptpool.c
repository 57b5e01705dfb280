/*
 * ptpool - keeps pools of FastCGI workers alive.
 *
 *   ptpool [-c FILE] [-p DIR] [-t | --dump]
 *
 * Exit status: 0 stopped as told, 1 cannot start, 64 wrong usage, 78 wrong
 * configuration.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cfg.h"
#include "pool/super.h"

static const char usage_text[] =
    "usage: ptpool [-c FILE] [-p DIR] [-t | --dump | --version | --help]\n"
    "  -c, --config FILE  configuration (else $PT_CONF, else\n"
    "                     conf/personal-tech.yaml)\n"
    "  -p, --prefix DIR   where relative paths start (else here)\n"
    "  -t, --test         check the configuration and end\n"
    "      --dump         print the values in force and end\n"
    "      --version      print the version and end\n"
    "signals: TERM QUIT finish requests and end, INT end now,\n"
    "         HUP reload, USR1 open log files again, USR2 execute the program\n"
    "         again, TTIN TTOU one worker more or fewer\n";

enum mode { MODE_RUN, MODE_TEST, MODE_DUMP, MODE_VERSION, MODE_HELP };

struct options {
    enum mode mode;
    const char *path, *prefix; /* NULL: not given */
};

/* False when the command line is wrong; getopt has said why. */
static bool read_options(int argc, char **argv, struct options *ret)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"prefix", required_argument, NULL, 'p'},
        {"test", no_argument, NULL, 't'},
        {"dump", no_argument, NULL, 'd'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "c:p:th", options, NULL)) != -1) {
        if (c == 'c')
            ret->path = optarg;
        else if (c == 'p')
            ret->prefix = optarg;
        else if (c == 't')
            ret->mode = MODE_TEST;
        else if (c == 'd')
            ret->mode = MODE_DUMP;
        else if (c == 'v')
            ret->mode = MODE_VERSION;
        else if (c == 'h')
            ret->mode = MODE_HELP;
        else
            return false;
    }
    if (optind < argc)
        fprintf(stderr, "ptpool: unexpected \"%s\"\n", argv[optind]);
    return optind == argc;
}

/* Sockets must not land on the numbers of the standard descriptors. */
static void fill_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR); /* takes the lowest free number */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int dump(const struct config *conf)
{
    struct buf b;
    buf_init(&b, MAX_CONF_BYTES);
    cfg_dump(config_sections, conf, &b);
    bool ok = buf_ok(&b) && fputs(buf_str(&b), stdout) != EOF;
    buf_done(&b);
    return ok && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int serve(const char *path, const struct spawn_home *home,
                 struct arena *arena, const struct config *conf)
{
    struct super *s;
    struct err_note why;
    enum err e = super_new(path, home, arena, conf, &s, &why);
    if (e != ERR_OK) {
        arena_free(arena);
        fprintf(stderr, "ptpool: %s\n", why.text);
        return EXIT_FAILURE;
    }
    super_run(s);
    super_free(s);
    return EXIT_SUCCESS;
}

static int run(const struct options *o)
{
    char space[PATH_MAX];
    const char *path;
    enum mode mode = o->mode;
    struct err_note why;
    struct spawn_home home;
    struct arena *arena;
    const struct config *conf;
    if (config_enter(o->prefix, o->path, space, &path, &why) != ERR_OK ||
        spawn_home_init(&home, path, &why) != ERR_OK ||
        conf_read(path, &home, &arena, &conf, &why) != ERR_OK) {
        fprintf(stderr, "ptpool: %s\n", why.text);
        return EX_CONFIG;
    }
    if (mode == MODE_RUN)
        return serve(path, &home, arena, conf);
    int status = EXIT_SUCCESS;
    if (mode == MODE_DUMP)
        status = dump(conf);
    else
        printf("ptpool: %s is valid\n", path != NULL ? path : "configuration");
    arena_free(arena);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.mode = MODE_RUN};
    fill_standard_descriptors();
    if (!read_options(argc, argv, &o)) {
        fputs(usage_text, stderr);
        return EX_USAGE;
    }
    if (o.mode == MODE_VERSION) {
        printf("ptpool (Personal Technology) %s\n", PT_COMMIT);
        return EXIT_SUCCESS;
    }
    if (o.mode == MODE_HELP) {
        fputs(usage_text, stdout);
        return EXIT_SUCCESS;
    }
    return run(&o);
}
