#include "base/telemetry.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"

#define STATE_NAME "state"

enum { STATE_BYTES = 256 };

struct spool *telemetry_open(const struct config *conf, struct log *log,
                             const char *program, const char *version)
{
    char host[64] = "";
    struct spool *spool = NULL;
    struct err_note why = {""};
    if (!telemetry_is_on(conf))
        return NULL;
    gethostname(host, sizeof(host) - 1);
    struct spool_conf sc = {.folder = conf->telemetry.folder,
                            .most_bytes = conf->telemetry.max_bytes,
                            .program = program,
                            .instance = host,
                            .version = version};
    if (spool_new(&sc, &spool, &why) != ERR_OK)
        log_error(log, "telemetry.off", "telemetry.folder: %s", why.text);
    return spool;
}

void telemetry_state_write(int folder, const struct telemetry_state *state)
{
    char text[STATE_BYTES];
    int n = snprintf(text, sizeof(text),
                     "sent=%" PRIu64 " refused=%" PRIu64 " lost=%" PRIu64
                     " waiting=%" PRIu64 " oldest_ms=%" PRId64 "\n",
                     state->sent, state->refused, state->lost, state->waiting,
                     state->oldest_ms);
    CLEANUP(fd_done)
    int fd = openat(folder, STATE_NAME ".new",
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
    if (fd >= 0 && fd_write_all(fd, text, (size_t)n))
        (void)renameat(folder, STATE_NAME ".new", folder, STATE_NAME);
}

bool telemetry_state_read(const struct config *conf,
                          struct telemetry_state *ret)
{
    char path[PATH_MAX];
    struct buf text;
    if (!telemetry_is_on(conf) ||
        snprintf(path, sizeof(path), "%s/" STATE_NAME,
                 conf->telemetry.folder) >= (int)sizeof(path))
        return false;
    buf_init(&text, STATE_BYTES);
    bool good = fd_read_file(path, &text, NULL) == ERR_OK &&
                /* NOLINTNEXTLINE(cert-err34-c): our own numbers */
                sscanf(buf_str(&text),
                       "sent=%" SCNu64 " refused=%" SCNu64 " lost=%" SCNu64
                       " waiting=%" SCNu64 " oldest_ms=%" SCNd64,
                       &ret->sent, &ret->refused, &ret->lost, &ret->waiting,
                       &ret->oldest_ms) == 5;
    buf_done(&text);
    return good;
}
