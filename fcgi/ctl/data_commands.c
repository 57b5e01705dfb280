/*
 * data_commands - ptctl's commands for the database and the configuration.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/telemetry.h"
#include "ctl/connections.h"
#include "ctl/data.h"
#include "out/ingestion.h"
#include "store/migrate.h"
#include "web/asset.h"

int data_failed(const char *command, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "ptctl %s: ", command);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return CTL_FAILED;
}

enum err data_connect(const struct ctl *ctl, const char *command,
                      struct db **ret_db)
{
    struct err_note why = {""};
    struct db_conf conf = {.url = ctl->conf.database.url,
                           .reconnect_ms = ctl->conf.database.reconnect_ms,
                           .statement_ms = ctl->conf.database.statement_ms,
                           .unprepared = !ctl->conf.database.prepare};
    enum err e = sodium_init() < 0 ? ERR_BUG : db_open(&conf, ret_db, &why);
    if (e != ERR_OK)
        data_failed(command, "%s", why.text);
    return e;
}

enum err data_keys(const struct ctl *ctl, const char *command,
                   struct audit_keys *ret)
{
    struct err_note why = {""};
    enum err e = audit_keys_init(ret, ctl->conf.audit.key,
                                 ctl->conf.audit.old_keys, &why);
    if (e != ERR_OK)
        data_failed(command, "%s", why.text);
    return e;
}

enum err data_open(const struct ctl *ctl, const char *command,
                   struct db **ret_db)
{
    struct err_note why = {""};
    TRY(data_connect(ctl, command, ret_db));
    enum err e = data_use_cache(ctl, *ret_db, &why);
    if (e != ERR_OK) {
        data_failed(command, "%s", why.text);
        *ret_db = db_close(*ret_db);
    }
    return e;
}

/* --- migrate --- */

static void print_migration(void *arg, const struct migration *m)
{
    printf("%s %s\n", (const char *)arg, m->name);
}

static int migrate_command(struct ctl *ctl, int argc, char **argv)
{
    static char applied[] = "applied", pending[] = "would apply";
    struct db *db;
    struct err_note why = {""};
    bool plan = argc == 2 && strcmp(argv[1], "--plan") == 0;
    if (argc > 1 && !plan)
        return CTL_USAGE;
    if (data_connect(ctl, "migrate", &db) != ERR_OK)
        return CTL_FAILED;
    enum err e = migrate_run(db, migrations, plan, print_migration,
                             plan ? pending : applied, &why);
    db_close(db);
    if (e != ERR_OK)
        return data_failed("migrate", "%s", why.text);
    printf("the schema is %s\n", plan ? "unchanged" : "up to date");
    return CTL_OK;
}

/* --- check --- */

static int check_database(const struct ctl *ctl)
{
    struct db *db;
    struct err_note why = {""};
    if (data_connect(ctl, "check", &db) != ERR_OK)
        return CTL_FAILED;
    enum err e = migrate_check(db, migrations, &why);
    db_close(db);
    return e == ERR_OK ? CTL_OK : data_failed("check", "%s", why.text);
}

/* Where telemetry would go; nothing is sent. */
static int check_telemetry(const struct ctl *ctl)
{
    struct ingestion *in;
    struct err_note why = {""};
    const struct config *conf = &ctl->conf;
    const struct ingestion_conf ic = {.connection = conf->telemetry.connection,
                                      .ca_file = conf->telemetry.ca_file,
                                      .timeout_ms = conf->telemetry.timeout_ms};
    if (!telemetry_is_on(conf))
        return CTL_OK;
    if (ingestion_new(&ic, &in, &why) != ERR_OK)
        return data_failed("check", "%s", why.text);
    ingestion_free(in);
    return CTL_OK;
}

static int check_command(struct ctl *ctl, int argc, char **argv UNUSED)
{
    struct buf text;
    if (argc > 1)
        return CTL_USAGE;
    buf_init(&text, MAX_CONF_BYTES);
    cfg_dump(config_sections, &ctl->conf, &text);
    printf("# from %s\n%s",
           ctl->conf_path != NULL ? ctl->conf_path
                                  : "defaults and the environment",
           buf_str(&text));
    buf_done(&text);
    if (ctl->conf.secret_key[0] == '\0')
        return data_failed("check", "secret_key: is not set; set SECRET_KEY "
                                    "or SECRET_KEY_FILE");
    struct audit_keys keys;
    if (data_keys(ctl, "check", &keys) != ERR_OK ||
        check_telemetry(ctl) != CTL_OK)
        return CTL_FAILED;
    struct assets assets;
    struct err_note why = {""};
    if (assets_init(&assets, ctl->conf.site.static_prefix, ctl->arena, &why) !=
            ERR_OK ||
        connections_check(&ctl->conf, &why) != ERR_OK)
        return data_failed("check", "%s", why.text);
    return check_database(ctl);
}

const struct command data_commands[] = {
    {"migrate", "[--plan]", "bring the database's schema up to date",
     migrate_command},
    {"seed", "[--clients N]", "fill an empty database with demo data",
     seed_command},
    {"user", "add EMAIL ROLE NAME | password EMAIL | totp-off EMAIL",
     "make an account, set its password, which is read from standard input, or"
     " take its second step away",
     user_command},
    {"audit", "head | verify [--head SEQ:HASH]",
     "print the end of the audit's chain, or verify all of it", audit_command},
    {"backup", "", "make a backup of database and files", backup_command},
    {"list", "", "the backups that are kept, the newest first", list_command},
    {"restore", "NAME|latest [--replace]",
     "put database and files back as they were in a backup", restore_command},
    {"drill", "[NAME]",
     "restore the newest backup into a scratch database and compare",
     drill_command},
    {"flush", "",
     "forget every cached page, after data was changed by hand or restored",
     flush_command},
    {"check", "", "show the configuration in force, try the database",
     check_command},
    {0},
};
