/*
 * The commands of ptctl that speak with a running supervisor.
 */
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/command.h"
#include "ctl/control.h"

enum { STOP_POLL_MS = 50, STOP_SLACK_MS = 6000 };

/* --- asking --- */

static int complain(const char *command, const char *what)
{
    fprintf(stderr, "ptctl %s: %s\n", command, what);
    return CTL_FAILED;
}

static int no_socket(const char *command, const struct ctl *ctl)
{
    fprintf(stderr,
            "ptctl %s: supervisor.control_socket is not set in %s; set it and "
            "restart ptpool\n",
            command,
            ctl->conf_path != NULL ? ctl->conf_path : "the configuration");
    return CTL_FAILED;
}

/* Calls; on success *ret_answer is the parsed body, to be put. */
static int ask(const struct ctl *ctl, const char *command, const char *method,
               const char *path, struct json_object **ret_answer)
{
    const char *address = ctl->conf.supervisor.control_socket;
    struct err_note why;
    struct buf body;
    int status = 0;
    if (address[0] == '\0')
        return no_socket(command, ctl);
    buf_init(&body, MAX_CONTROL_BYTES);
    enum err e = control_call(address, method, path, &status, &body, &why);
    struct json_object *answer =
        e == ERR_OK ? json_tokener_parse(buf_str(&body)) : NULL;
    buf_done(&body);
    if (e != ERR_OK)
        return complain(command, why.text);
    if (answer == NULL)
        return complain(command, "the supervisor's answer is not JSON");
    *ret_answer = answer;
    return CTL_OK;
}

static struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    (void)json_object_object_get_ex(o, name, &v);
    return v;
}

static int64_t number(struct json_object *o, const char *name)
{
    return json_object_get_int64(member(o, name));
}

/* "" when it is not there or null */
static const char *text(struct json_object *o, const char *name)
{
    const char *s = json_object_get_string(member(o, name));
    return s != NULL ? s : "";
}

/* --- status --- */

/* "12.3s", "4m", "3h", "2d" */
static const char *age_text(int64_t ms, char ret_text[16])
{
    enum { S = 1000, M = 60 * S, H = 60 * M };
    const int64_t day = 24LL * H;
    if (ms < M)
        snprintf(ret_text, 16, "%.1fs", (double)ms / S);
    else if (ms < H)
        snprintf(ret_text, 16, "%" PRId64 "m", ms / M);
    else if (ms < day)
        snprintf(ret_text, 16, "%" PRId64 "h", ms / H);
    else
        snprintf(ret_text, 16, "%" PRId64 "d", ms / day);
    return ret_text;
}

static void show_worker(struct json_object *w)
{
    char age[16];
    struct json_object *r = member(w, "request");
    printf("  %4" PRId64 " %7" PRId64 " %-9s %4" PRId64 " %7s %9" PRId64,
           number(w, "slot"), number(w, "pid"), text(w, "state"),
           number(w, "generation"), age_text(number(w, "age_ms"), age),
           number(w, "requests"));
    if (r != NULL)
        printf("  %s %s %s for %s", text(r, "id"), text(r, "method"),
               text(r, "path"), age_text(number(r, "age_ms"), age));
    putchar('\n');
}

static void show_pool(struct json_object *p)
{
    struct json_object *n = member(p, "workers"), *list = member(p, "list");
    printf("\n%s: %" PRId64 " of %" PRId64 " workers ready, %" PRId64
           " busy, %" PRId64 " waiting, generation %" PRId64 ", %" PRId64
           " died\n",
           text(p, "name"), number(n, "ready"), number(n, "configured"),
           number(n, "busy"), number(p, "queued"), number(p, "generation"),
           number(p, "deaths"));
    if (json_object_get_boolean(member(n, "scaled")))
        puts("  scaled by hand: a reload goes back to the configuration");
    else if (number(n, "min") < number(n, "max"))
        printf("  between %" PRId64 " and %" PRId64 " workers\n",
               number(n, "min"), number(n, "max"));
    if (text(p, "last_error")[0] != '\0')
        printf("  start fails: %s\n", text(p, "last_error"));
    puts("  SLOT     PID STATE      GEN     AGE  REQUESTS  REQUEST");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        show_worker(json_object_array_get_idx(list, i));
}

static void show_status(struct json_object *s)
{
    char age[16];
    printf("ptpool %" PRId64 ": %s, %s, up %s\n", number(s, "pid"),
           text(s, "status"), text(s, "life"),
           age_text(number(s, "age_ms"), age));
    struct json_object *last = member(s, "last_reload");
    if (last != NULL && !json_object_get_boolean(member(last, "ok")))
        printf("last reload failed %s ago: %s\n",
               age_text(number(last, "age_ms"), age), text(last, "reason"));
    struct json_object *pools = member(s, "pools");
    for (size_t i = 0; i < json_object_array_length(pools); i++)
        show_pool(json_object_array_get_idx(pools, i));
}

static int run_status(struct ctl *ctl, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    struct json_object *s;
    if (argc != 1 && !json)
        return CTL_USAGE;
    int rc = ask(ctl, argv[0], "GET", "/status", &s);
    if (rc != CTL_OK)
        return rc;
    if (json)
        puts(json_object_to_json_string_ext(
            s, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
    else
        show_status(s);
    json_object_put(s);
    return CTL_OK;
}

/* --- reload, stop --- */

static int run_reload(struct ctl *ctl, int argc, char **argv)
{
    struct json_object *answer;
    if (argc != 1)
        return CTL_USAGE;
    int rc = ask(ctl, argv[0], "POST", "/reload", &answer);
    if (rc != CTL_OK)
        return rc;
    if (json_object_get_boolean(member(answer, "ok")))
        printf("reloaded, generation %" PRId64 "\n",
               number(answer, "generation"));
    else
        rc = complain(argv[0], text(answer, "reason"));
    json_object_put(answer);
    return rc;
}

/* The longest drain of all pools, and some more for the last KILL. */
static int64_t stop_limit_ms(const struct ctl *ctl)
{
    int64_t most = 0;
    for (int64_t i = 0; i < ctl->conf.n_pools; i++)
        if (ctl->conf.pools[i].stop_timeout_ms > most)
            most = ctl->conf.pools[i].stop_timeout_ms;
    return most + STOP_SLACK_MS;
}

static int run_stop(struct ctl *ctl, int argc, char **argv)
{
    struct json_object *answer;
    if (argc != 1)
        return CTL_USAGE;
    int rc = ask(ctl, argv[0], "POST", "/stop", &answer);
    if (rc != CTL_OK)
        return rc;
    json_object_put(answer);
    int64_t until = clock_ms() + stop_limit_ms(ctl);
    const struct timespec pause = {.tv_nsec = STOP_POLL_MS * 1000000L};
    while (control_alive(ctl->conf.supervisor.control_socket)) {
        if (clock_ms() > until)
            return complain(argv[0],
                            "still draining after stop_timeout; look at "
                            "ptctl status, or send ptpool SIGINT");
        nanosleep(&pause, NULL);
    }
    return CTL_OK;
}

/* --- scale, recycle --- */

/* Sends a change; says what was done, or why not. */
static int change(const struct ctl *ctl, const char *command, const char *path,
                  const char *done)
{
    struct json_object *answer;
    int rc = ask(ctl, command, "POST", path, &answer);
    if (rc != CTL_OK)
        return rc;
    if (json_object_get_boolean(member(answer, "ok")))
        printf("%s\n", done);
    else
        rc = complain(command, text(answer, "reason"));
    json_object_put(answer);
    return rc;
}

/* Names and numbers need no escaping; anything else is refused here. */
static bool is_plain(const char *word)
{
    return word[0] != '\0' && strlen(word) < 64 &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                             "XYZ0123456789._-")] == '\0';
}

static int run_scale(struct ctl *ctl, int argc, char **argv)
{
    char path[192], done[192];
    if (argc != 3 || !is_plain(argv[1]) || !is_plain(argv[2]))
        return CTL_USAGE;
    snprintf(path, sizeof(path), "/scale?pool=%s&workers=%s", argv[1], argv[2]);
    snprintf(done, sizeof(done),
             "%s: %s workers, until the next reload; to keep it, change "
             "pools.%s.workers",
             argv[1], argv[2], argv[1]);
    return change(ctl, argv[0], path, done);
}

static int run_recycle(struct ctl *ctl, int argc, char **argv)
{
    char path[128], done[128];
    if (argc != 2 || !is_plain(argv[1]))
        return CTL_USAGE;
    snprintf(path, sizeof(path), "/recycle?pid=%s", argv[1]);
    snprintf(done, sizeof(done), "%s ends when its replacement is ready",
             argv[1]);
    return change(ctl, argv[0], path, done);
}

const struct command pool_commands[] = {
    {"status", "[--json]", "what each worker is doing", run_status},
    {"reload", "", "new configuration and program; says if it worked",
     run_reload},
    {"scale", "POOL N", "so many workers, until the next reload", run_scale},
    {"recycle", "PID", "replace one worker, its replacement ready first",
     run_recycle},
    {"stop", "", "finish the requests and end", run_stop},
    {0},
};
