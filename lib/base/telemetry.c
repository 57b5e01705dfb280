#include "base/telemetry.h"

#include <unistd.h>

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
