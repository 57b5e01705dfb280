#include "out/backup_drill.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"

static const char sql_backup_files[] =
    "SELECT DISTINCT sha256 FROM file ORDER BY sha256";

struct file_hash {
    const char *sha256;
};

static const struct column hash_columns[] = {
    COL(COL_TEXT, struct file_hash, sha256), {0}};

struct drill {
    struct backup_env *env;
    const struct audit_keys *keys;
    struct backup_info info;
    struct backup_drill *ret;
    struct err_note *why;
};

static enum err compare_tables(struct drill *d, const struct dump_facts *now)
{
    const struct dump_facts *then = &d->info.facts;
    if (now->n != then->n)
        return err_set(d->why, ERR_INVALID, "%zu tables came back, not %zu",
                       now->n, then->n);
    for (size_t i = 0; i < now->n; i++)
        if (strcmp(now->tables[i].name, then->tables[i].name) != 0 ||
            now->tables[i].rows != then->tables[i].rows)
            return err_set(d->why, ERR_INVALID,
                           "of the table %s came back %" PRId64
                           " rows, not %" PRId64,
                           then->tables[i].name, now->tables[i].rows,
                           then->tables[i].rows);
    d->ret->tables = (int64_t)now->n;
    d->ret->rows = d->info.rows;
    return ERR_OK;
}

static enum err check_audit(struct drill *d, struct db *db)
{
    const struct dump_facts *facts = &d->info.facts;
    const struct audit_anchor anchor = {.seq = facts->audit_seq,
                                        .hash = facts->audit_hash};
    struct audit_report r;
    enum err e = audit_verify(db, d->keys, anchor.seq > 0 ? &anchor : NULL, &r);
    if (e != ERR_OK)
        return err_set(d->why, e, "%s", db_error(db));
    if (r.fault != AUDIT_INTACT)
        return err_set(d->why, ERR_INVALID, "audit: row %" PRId64 " %s", r.seq,
                       audit_fault_text(r.fault));
    d->ret->audit_rows = r.upto;
    return ERR_OK;
}

/* Both lists are in order. */
static enum err check_files(struct drill *d, struct db *db)
{
    struct db_rows rows;
    size_t at = 0, n = (size_t)d->info.files;
    enum err e = db_all(db, d->env->arena, QUERY(sql_backup_files),
                        hash_columns, sizeof(struct file_hash), &rows);
    if (e != ERR_OK)
        return err_set(d->why, e, "%s", db_error(db));
    const struct file_hash *wanted = rows.items;
    for (size_t i = 0; i < rows.n; i++) {
        while (at < n && strcmp(d->info.hashes[at], wanted[i].sha256) < 0)
            at++;
        if (at == n || strcmp(d->info.hashes[at], wanted[i].sha256) != 0)
            return err_set(d->why, ERR_INVALID,
                           "the file %s is missing, of which a row speaks",
                           wanted[i].sha256);
    }
    if (d->info.damaged > 0)
        return err_set(d->why, ERR_INVALID,
                       "%" PRId64 " files were damaged when it was made",
                       d->info.damaged);
    d->ret->files = d->info.files;
    return ERR_OK;
}

static enum err look(struct drill *d, const char *url)
{
    struct dump_facts now;
    struct db *db;
    const struct db_conf conf = {.url = url};
    TRY(dump_count(url, d->env->arena, &now, d->why));
    TRY(compare_tables(d, &now));
    TRY(db_open(&conf, &db, d->why));
    enum err e = check_audit(d, db);
    if (e == ERR_OK)
        e = check_files(d, db);
    db_close(db);
    return e;
}

static enum err in_scratch(struct drill *d, int fd)
{
    const struct config *conf = d->env->conf;
    const struct dump_place place = {.url = conf->database.url,
                                     .work = conf->backup.folder};
    struct dump_place scratch = {.work = conf->backup.folder};
    struct err_note ignored;
    TRY(dump_scratch_new(&place, d->env->arena, &scratch.url, d->why));
    enum err e = backup_restore_database(d->env, fd, &scratch, false, d->why);
    if (e == ERR_OK)
        e = look(d, scratch.url);
    enum err dropped =
        dump_scratch_drop(&place, scratch.url, e == ERR_OK ? d->why : &ignored);
    return e != ERR_OK ? e : dropped;
}

static enum err run(struct drill *d, const char *name)
{
    CLEANUP(fd_done) int fd = -1;
    TRY(backup_kept_open(d->env, name, true, &fd, &d->ret->file, d->why));
    TRY(backup_read(d->env, fd, &d->info, d->why));
    if (dump_kind(d->env->conf->database.url) !=
        (strstr(d->info.database, "sqlite") != NULL ? DB_SQLITE : DB_PG))
        return err_set(d->why, ERR_CONFIG, "it is of another kind of database");
    return in_scratch(d, fd);
}

enum err backup_drill(struct backup_env *env, const struct audit_keys *keys,
                      const char *name, struct backup_drill *ret,
                      struct err_note *why)
{
    struct drill d = {.env = env, .keys = keys, .ret = ret, .why = why};
    int64_t start = clock_ms();
    *ret = (struct backup_drill){.file = ""};
    enum err e = run(&d, name);
    ret->ms = clock_ms() - start;
    return e;
}
