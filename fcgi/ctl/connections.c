#include "ctl/connections.h"

#include <inttypes.h>
#include <string.h>

#include "pool/sizing.h"

/* Other programs have no part in our database. */
static bool is_ours(const struct pool_conf *pool)
{
    const char *slash = strrchr(pool->command[0], '/');
    const char *name = slash != NULL ? slash + 1 : pool->command[0];
    return strcmp(name, "ptworker") == 0 || strcmp(name, "ptjobs") == 0;
}

int64_t connections_of_instance(const struct config *conf)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < conf->n_pools; i++) {
        if (!is_ours(&conf->pools[i]))
            continue;
        int64_t most = sizing_rule(&conf->pools[i]).max;
        sum += most + (most > 10 ? most / 10 : 1);
    }
    return sum;
}

enum err connections_check(const struct config *conf, struct err_note *why)
{
    int64_t have = conf->database.connections;
    int64_t each = connections_of_instance(conf);
    int64_t want = each * conf->database.instances;
    bool is_file = strncmp(conf->database.url, "sqlite:", 7) == 0;
    if (is_file || have == 0 || want <= have)
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "database.connections: %" PRId64 " instances of %" PRId64
                   " connections (workers, and those that replace them) are "
                   "%" PRId64 ", the database has %" PRId64
                   "; fewer workers, or a larger database",
                   conf->database.instances, each, want, have);
}
