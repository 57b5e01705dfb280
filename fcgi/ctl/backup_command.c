/*
 * backup_command - backups by hand: make one, list them, test one, and put
 * one back.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "ctl/data.h"
#include "out/backup_drill.h"
#include "store/migrate.h"

struct run {
    struct ctl *ctl;
    const char *command;
    struct backup_env env;
    struct err_note why;
};

/* A full disk or a program that went is an error to tell, not our end. */
static int begin(struct run *x, struct ctl *ctl, const char *command)
{
    *x = (struct run){.ctl = ctl, .command = command};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    if (sodium_init() < 0 ||
        backup_env_init(&x->env, &ctl->conf, ctl->arena, &x->why) != ERR_OK)
        return data_failed(command, "%s", x->why.text);
    return CTL_OK;
}

/* The database, and who acts on it; prints the reason when it cannot. */
static enum err open_db(struct run *x, struct audit_keys *keys, struct db **ret)
{
    TRY(data_keys(x->ctl, x->command, keys));
    return data_open(x->ctl, x->command, ret);
}

/* --- backup --- */

/* The backup is there, whatever the database says of it. */
static int unnoted(const struct run *x, struct db *db)
{
    return data_failed(x->command, "it is made, but not in the list: %s",
                       db_error(db));
}

static int send(struct run *x, struct db *db, struct actor *by,
                const char *file)
{
    if (x->ctl->conf.backup.azure[0] == '\0')
        return CTL_OK;
    enum err e = backup_kept_send(&x->env, file, &x->why);
    if (backup_row_offsite(db, by, file, e == ERR_OK ? NULL : x->why.text) !=
        ERR_OK)
        return unnoted(x, db);
    if (e == ERR_OK)
        return CTL_OK;
    return data_failed(x->command,
                       "it is in %s, but could not be stored in Azure: %s",
                       x->ctl->conf.backup.folder, x->why.text);
}

static int make(struct run *x, struct db *db, const struct audit_keys *keys)
{
    struct backup_info info;
    struct actor by = audit_system(keys, x->ctl->arena);
    size_t removed;
    if (backup_make(&x->env, &info, &x->why) != ERR_OK)
        return data_failed(x->command, "%s; nothing was kept", x->why.text);
    printf("%s: %" PRId64 " bytes, %" PRId64 " rows, %" PRId64
           " files, %" PRId64 " ms\n",
           info.file, info.bytes, info.rows, info.files, info.took_ms);
    if (info.damaged > 0)
        fprintf(stderr,
                "ptctl backup: %" PRId64 " files of people are not what they "
                "were when they came\n",
                info.damaged);
    if (backup_row_add(db, x->ctl->arena, &by, "command", &info) != ERR_OK)
        return unnoted(x, db);
    int code = send(x, db, &by, info.file);
    if (code == CTL_OK &&
        backup_kept_prune(&x->env, db, &by, &removed, &x->why) != ERR_OK)
        code = data_failed(x->command, "old ones stay: %s", x->why.text);
    return code;
}

int backup_command(struct ctl *ctl, int argc, char **argv UNUSED)
{
    struct run x;
    struct db *db;
    struct audit_keys keys;
    if (argc > 1)
        return CTL_USAGE;
    if (begin(&x, ctl, "backup") != CTL_OK || open_db(&x, &keys, &db) != ERR_OK)
        return CTL_FAILED;
    int code = make(&x, db, &keys);
    db_close(db);
    return code;
}

/* --- restore --- */

/* The epoch of the cache in the database that goes; 0: there is none. */
static int64_t present_epoch(struct run *x)
{
    const char *url = x->ctl->conf.database.url;
    const struct db_conf conf = {.url = url};
    struct db *db;
    bool empty = true;
    if (dump_is_empty(url, &empty, &x->why) != ERR_OK || empty ||
        db_open(&conf, &db, &x->why) != ERR_OK)
        return 0;
    int64_t epoch = db_epoch(db);
    db_close(db);
    return epoch;
}

/* A row of the audit says that this happened, and no page is an old one. */
static int finish_restore(struct run *x, const char *name, int64_t epoch)
{
    struct db *db;
    struct audit_keys keys;
    if (open_db(x, &keys, &db) != ERR_OK)
        return CTL_FAILED;
    struct actor by = audit_system(&keys, x->ctl->arena);
    int code = CTL_OK;
    enum err e = migrate_check(db, migrations, &x->why);
    if (e == ERR_OK && db_forget_cached_past(db, epoch) == ERR_OK &&
        audit_record(db, &by,
                     &(struct audit_event){.action = "restore",
                                           .entity = "backup"}) == ERR_OK)
        printf("%s is restored\n", name);
    else
        code = data_failed(x->command, "%s is restored, but: %s", name,
                           e != ERR_OK ? x->why.text : db_error(db));
    db_close(db);
    return code;
}

int restore_command(struct ctl *ctl, int argc, char **argv)
{
    struct run x;
    struct backup_info info;
    CLEANUP(fd_done) int fd = -1;
    const char *name = argc > 1 ? argv[1] : "";
    bool replace = argc == 3 && strcmp(argv[2], "--replace") == 0;
    if (argc < 2 || name[0] == '-' || (argc != 2 && !replace))
        return CTL_USAGE;
    if (begin(&x, ctl, "restore") != CTL_OK)
        return CTL_FAILED;
    int64_t epoch = present_epoch(&x);
    enum err e = backup_kept_open(&x.env, name, false, &fd, &name, &x.why);
    if (e == ERR_OK)
        e = backup_restore(&x.env, fd, replace, &info, &x.why);
    if (e != ERR_OK)
        return data_failed("restore", "%s; nothing was changed", x.why.text);
    printf("%" PRId64 " rows of %zu tables, %" PRId64 " files\n", info.rows,
           info.facts.n, info.files);
    return finish_restore(&x, name, epoch);
}

/* --- list --- */

/* What the database knows of it; nothing without a database. */
static const struct backup_row *find(const struct db_rows *rows,
                                     const char *name)
{
    const struct backup_row *row = rows->items;
    for (size_t i = 0; i < rows->n; i++)
        if (strcmp(row[i].file, name) == 0)
            return &row[i];
    return NULL;
}

static void print(const struct backup_kept *k, const struct backup_row *row)
{
    printf("%s %12" PRId64 " %s%s%s %s %s\n", k->name, k->bytes,
           k->here ? "folder" : "", k->here && k->offsite ? "+" : "",
           k->offsite ? "azure" : "", row != NULL ? row->state : "unknown",
           row == NULL || row->restore_test_at == 0 ? "untested"
           : strcmp(row->state, "bad") == 0         ? "not restored"
                                                    : "restored");
}

int list_command(struct ctl *ctl, int argc, char **argv UNUSED)
{
    enum { MOST = 10000 };
    struct run x;
    struct db *db;
    struct db_rows rows = {0};
    struct backup_kept *all;
    size_t n;
    if (argc > 1)
        return CTL_USAGE;
    if (begin(&x, ctl, "list") != CTL_OK)
        return CTL_FAILED;
    if (backup_kept_list(&x.env, &all, &n, &x.why) != ERR_OK)
        return data_failed("list", "%s", x.why.text);
    if (data_connect(ctl, "list", &db) == ERR_OK) {
        if (backup_row_list(db, ctl->arena, 0, MOST, &rows) != ERR_OK)
            data_failed("list", "%s", db_error(db));
        db_close(db);
    }
    for (size_t i = 0; i < n; i++)
        print(&all[i], find(&rows, all[i].name));
    return CTL_OK;
}

/* --- drill --- */

static int drill(struct run *x, struct db *db, const struct audit_keys *keys,
                 const char *name)
{
    struct backup_drill d;
    struct actor by = audit_system(keys, x->ctl->arena);
    enum err e = backup_drill(&x->env, keys, name, &d, &x->why);
    if ((e == ERR_OK || e == ERR_INVALID) && d.file[0] != '\0' &&
        backup_row_tested(db, &by, d.file, d.ms,
                          e == ERR_OK ? NULL : x->why.text) != ERR_OK)
        return data_failed(x->command, "%s", db_error(db));
    if (e != ERR_OK)
        return data_failed(x->command, "%s does not come back: %s", d.file,
                           x->why.text);
    printf("%s comes back in %" PRId64 " ms: %" PRId64 " tables, %" PRId64
           " rows, %" PRId64 " files, audit whole up to row %" PRId64 "\n",
           d.file, d.ms, d.tables, d.rows, d.files, d.audit_rows);
    return CTL_OK;
}

int drill_command(struct ctl *ctl, int argc, char **argv)
{
    struct run x;
    struct db *db;
    struct audit_keys keys;
    if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
        return CTL_USAGE;
    if (begin(&x, ctl, "drill") != CTL_OK || open_db(&x, &keys, &db) != ERR_OK)
        return CTL_FAILED;
    int code = drill(&x, db, &keys, argc == 2 ? argv[1] : NULL);
    db_close(db);
    return code;
}
