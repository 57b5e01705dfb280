/*
 * The commands of ptctl that speak with a running supervisor.
 */
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/control.h"
#include "ctl/latency.h"
#include "ctl/probe.h"
#include "ctl/state.h"
#include "ctl/top.h"

enum { STOP_POLL_MS = 50, STOP_SLACK_MS = 6000 };

/* --- status --- */

static void show_worker(struct json_object *w)
{
    char age[STATE_AGE_TEXT];
    struct json_object *r = member_get(w, "request");
    printf("  %4" PRId64 " %7" PRId64 " %-9s %4" PRId64 " %7s %9" PRId64,
           member_number(w, "slot"), member_number(w, "pid"),
           member_text(w, "state"), member_number(w, "generation"),
           state_age(member_number(w, "age_ms"), age),
           member_number(w, "requests"));
    if (r != NULL)
        printf("  %s %s %s for %s", member_text(r, "id"),
               member_text(r, "method"), member_text(r, "path"),
               state_age(member_number(r, "age_ms"), age));
    if (member_text(r, "phase")[0] != '\0')
        printf(", in %s for %s", member_text(r, "phase"),
               state_age(member_number(r, "phase_age_ms"), age));
    putchar('\n');
}

/* Since the supervisor started. */
static void show_latencies(struct json_object *p)
{
    struct ledger *l = malloc(sizeof(*l));
    struct buf out;
    if (l == NULL)
        return;
    buf_init(&out, MAX_CONTROL_BYTES);
    latency_read(p, l);
    latency_table(l, 0, LEDGER_ROUTES, &out);
    fputs(buf_str(&out), stdout);
    buf_done(&out);
    free(l);
}

static void show_refused(struct json_object *p)
{
    int64_t shed = member_number(p, "shed"), gone = member_number(p, "gone"),
            late = member_number(p, "late");
    if (shed + gone + late > 0)
        printf("  refused for their age %" PRId64 ", client had left %" PRId64
               ", took too long %" PRId64 "\n",
               shed, gone, late);
}

static void show_pool(struct json_object *p)
{
    struct json_object *n = member_get(p, "workers"),
                       *list = member_get(p, "list");
    printf("\n%s: %" PRId64 " of %" PRId64 " workers ready, %" PRId64
           " busy, %" PRId64 " waiting, generation %" PRId64 ", %" PRId64
           " died\n",
           member_text(p, "name"), member_number(n, "ready"),
           member_number(n, "configured"), member_number(n, "busy"),
           member_number(p, "queued"), member_number(p, "generation"),
           member_number(p, "deaths"));
    if (member_is(n, "scaled"))
        puts("  scaled by hand: a reload goes back to the configuration");
    else if (member_number(n, "min") < member_number(n, "max"))
        printf("  between %" PRId64 " and %" PRId64 " workers\n",
               member_number(n, "min"), member_number(n, "max"));
    if (member_text(p, "last_error")[0] != '\0')
        printf("  start fails: %s\n", member_text(p, "last_error"));
    show_refused(p);
    puts("  SLOT     PID STATE      GEN     AGE  REQUESTS  REQUEST");
    for (size_t i = 0; i < member_length(list); i++)
        show_worker(json_object_array_get_idx(list, i));
    show_latencies(p);
}

static void show_status(struct json_object *s)
{
    char age[STATE_AGE_TEXT];
    printf("ptpool %" PRId64 ": %s, %s, up %s\n", member_number(s, "pid"),
           member_text(s, "status"), member_text(s, "life"),
           state_age(member_number(s, "age_ms"), age));
    struct json_object *last = member_get(s, "last_reload");
    if (last != NULL && !member_is(last, "ok"))
        printf("last reload failed %s ago: %s\n",
               state_age(member_number(last, "age_ms"), age),
               member_text(last, "reason"));
    struct json_object *pools = member_get(s, "pools");
    for (size_t i = 0; i < member_length(pools); i++)
        show_pool(json_object_array_get_idx(pools, i));
}

static int run_status(struct ctl *ctl, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    struct json_object *s;
    if (argc != 1 && !json)
        return CTL_USAGE;
    int rc = state_ask(ctl, argv[0], "GET", "/status", &s);
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
    int rc = state_ask(ctl, argv[0], "POST", "/reload", &answer);
    if (rc != CTL_OK)
        return rc;
    if (member_is(answer, "ok"))
        printf("reloaded, generation %" PRId64 "\n",
               member_number(answer, "generation"));
    else
        rc = state_complain(argv[0], member_text(answer, "reason"));
    json_object_put(answer);
    return rc;
}

/* The longest drain of all pools, with a third of it for their queues, and
 * some more for the last KILL. */
static int64_t stop_limit_ms(const struct ctl *ctl)
{
    int64_t most = 0;
    for (int64_t i = 0; i < ctl->conf.n_pools; i++)
        if (ctl->conf.pools[i].stop_timeout_ms > most)
            most = ctl->conf.pools[i].stop_timeout_ms;
    return most + most / 3 + STOP_SLACK_MS;
}

static int run_stop(struct ctl *ctl, int argc, char **argv)
{
    struct json_object *answer;
    if (argc != 1)
        return CTL_USAGE;
    int rc = state_ask(ctl, argv[0], "POST", "/stop", &answer);
    if (rc != CTL_OK)
        return rc;
    json_object_put(answer);
    int64_t until = clock_ms() + stop_limit_ms(ctl);
    const struct timespec pause = {.tv_nsec = STOP_POLL_MS * 1000000L};
    while (control_alive(ctl->conf.supervisor.control_socket)) {
        if (clock_ms() > until)
            return state_complain(argv[0],
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
    int rc = state_ask(ctl, command, "POST", path, &answer);
    if (rc != CTL_OK)
        return rc;
    if (member_is(answer, "ok"))
        printf("%s\n", done);
    else
        rc = state_complain(command, member_text(answer, "reason"));
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
    {"top", "[-n N]", "the same, live; N times as plain text", top_run},
    {"probe", "[ADDRESS [PATH]]", "ask for its health, over FastCGI at ADDRESS",
     probe_run},
    {"reload", "", "new configuration and program; says if it worked",
     run_reload},
    {"scale", "POOL N", "so many workers, until the next reload", run_scale},
    {"recycle", "PID", "replace one worker, its replacement ready first",
     run_recycle},
    {"stop", "", "finish the requests and end", run_stop},
    {0},
};
