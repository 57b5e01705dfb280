/*
 * SQLite as a stream: a copy by the online backup API, which is one moment of
 * the database and keeps nobody from writing. The way back is the same API
 * in the other direction: one transaction of the target, seen at once by all
 * who have it open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rand.h"
#include "store/dump_impl.h"

enum { BUSY_MS = 10000, PIECE = 64 << 10, COPY_FILE_MODE = 0600 };

static const char *path_of(const char *url)
{
    return url + strlen("sqlite:");
}

/* With the words of the system where those of SQLite are "disk I/O error". */
static enum err failed(sqlite3 *db, const char *path, struct err_note *why)
{
    int code = db != NULL ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
    int cause = db != NULL ? sqlite3_system_errno(db) : 0;
    bool full = cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
    if ((code & 0xff) == SQLITE_FULL)
        full = true;
    else if ((code & 0xff) != SQLITE_IOERR)
        cause = 0;
    return err_set(why, full ? ERR_NOSPACE : ERR_UNAVAIL, "%s: %s%s%s", path,
                   db != NULL ? sqlite3_errmsg(db) : "out of memory",
                   cause != 0 ? ": " : "", cause != 0 ? strerror(cause) : "");
}

static void close_db(sqlite3 **db)
{
    sqlite3_close_v2(*db);
}

static enum err open_db(const char *path, int flags, sqlite3 **ret,
                        struct err_note *why)
{
    if (sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_EXRESCODE, NULL) !=
        SQLITE_OK)
        return failed(*ret, path, why);
    sqlite3_busy_timeout(*ret, BUSY_MS);
    return ERR_OK;
}

static enum err execute(sqlite3 *db, const char *path, const char *text,
                        struct err_note *why)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
        return failed(db, path, why);
    return ERR_OK;
}

/* --- one value, one list --- */

/* The first column of the only row: a number or a text. */
static enum err ask(sqlite3 *db, const char *text, struct arena *a,
                    int64_t *ret_n, const char **ret_text, struct err_note *why)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK)
        return failed(db, text, why);
    enum err e = ERR_OK;
    if (sqlite3_step(s) != SQLITE_ROW)
        e = failed(db, text, why);
    else if (ret_n != NULL)
        *ret_n = sqlite3_column_int64(s, 0);
    else
        *ret_text = arena_strdup(a, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return e;
}

/* A name of the catalogue cannot be a parameter: SQLite quotes it (%w). */
static enum err count_rows(sqlite3 *db, struct dump_table *t,
                           struct err_note *why)
{
    char *text = sqlite3_mprintf("SELECT count(*) FROM \"%w\"", t->name);
    if (text == NULL)
        return failed(NULL, t->name, why);
    enum err e = ask(db, text, NULL, &t->rows, NULL, why);
    sqlite3_free(text);
    return e;
}

static enum err list_tables(sqlite3 *db, struct arena *a,
                            struct dump_facts *ret, struct err_note *why)
{
    static const char text[] =
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK)
        return failed(db, text, why);
    ret->tables = ARENA_ARRAY(a, struct dump_table, MAX_DUMP_TABLES);
    ret->n = 0;
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW && ret->n < MAX_DUMP_TABLES)
        ret->tables[ret->n++].name =
            arena_strdup(a, (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    return rc == SQLITE_DONE ? ERR_OK : failed(db, text, why);
}

static enum err look(sqlite3 *db, struct arena *a, struct dump_facts *ret,
                     struct err_note *why)
{
    *ret = (struct dump_facts){.audit_hash = ""};
    TRY(list_tables(db, a, ret, why));
    for (size_t i = 0; i < ret->n; i++) {
        TRY(count_rows(db, &ret->tables[i], why));
        if (strcmp(ret->tables[i].name, "audit_head") != 0)
            continue;
        TRY(ask(db, "SELECT seq FROM audit_head", NULL, &ret->audit_seq, NULL,
                why));
        TRY(ask(db, "SELECT hash FROM audit_head", a, NULL, &ret->audit_hash,
                why));
    }
    return ERR_OK;
}

static enum err count(const char *url, struct arena *a, struct dump_facts *ret,
                      struct err_note *why)
{
    CLEANUP(close_db) sqlite3 *db = NULL;
    TRY(open_db(path_of(url), SQLITE_OPEN_READWRITE, &db, why));
    TRY(execute(db, path_of(url), "BEGIN", why));
    return look(db, a, ret, why);
}

static enum err is_empty(const char *url, bool *ret, struct err_note *why)
{
    CLEANUP(close_db) sqlite3 *db = NULL;
    int64_t n = 0;
    *ret = true;
    if (access(path_of(url), F_OK) != 0)
        return ERR_OK;
    TRY(open_db(path_of(url), SQLITE_OPEN_READWRITE, &db, why));
    TRY(ask(db, "SELECT count(*) FROM sqlite_schema", NULL, &n, NULL, why));
    *ret = n == 0;
    return ERR_OK;
}

/* --- copying --- */

/* All of from into to, as one transaction. */
static enum err copy(sqlite3 *from, sqlite3 *to, const char *path,
                     struct err_note *why)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (b == NULL)
        return failed(to, path, why);
    sqlite3_backup_step(b, -1);
    if (sqlite3_backup_finish(b) != SQLITE_OK)
        return failed(to, path, why);
    return ERR_OK;
}

static const char *temp_path(const struct dump_place *place, char ret[PATH_MAX])
{
    char name[17];
    rand_hex(name, 8);
    snprintf(ret, PATH_MAX, "%s/.backup-%s.db", place->work, name);
    return ret;
}

static void remove_db(const char *path)
{
    static const char *const with[] = {"", "-wal", "-shm", "-journal"};
    char name[PATH_MAX + 16];
    for (size_t i = 0; i < ARRAY_LEN(with); i++) {
        snprintf(name, sizeof(name), "%s%s", path, with[i]);
        unlink(name);
    }
}

/* A copy of the database at path, and what is in it. */
static enum err make_copy(const char *url, const char *path, struct arena *a,
                          struct dump_facts *ret, struct err_note *why)
{
    CLEANUP(close_db) sqlite3 *from = NULL;
    CLEANUP(close_db) sqlite3 *to = NULL;
    TRY(open_db(path_of(url), SQLITE_OPEN_READWRITE, &from, why));
    TRY(open_db(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to, why));
    TRY(execute(to, path, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF",
                why));
    TRY(copy(from, to, path, why));
    /* one file, without the log that the original has beside it */
    TRY(execute(to, path, "PRAGMA journal_mode=DELETE", why));
    return look(to, a, ret, why);
}

static enum err stream_out(const char *path, dump_put_fn *put, void *arg,
                           struct err_note *why)
{
    CLEANUP(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
    static const char what[] = "the copy of the database";
    if (fd < 0)
        return err_errno(why, ERR_SYSTEM, "%s", what);
    for (;;) {
        char piece[PIECE];
        ssize_t n = read(fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(why, ERR_SYSTEM, "%s", what);
        if (n == 0)
            return ERR_OK;
        TRY(put(arg, piece, (size_t)n));
    }
}

static enum err write_out(const struct dump_place *place, struct arena *a,
                          dump_put_fn *put, void *arg, struct dump_facts *ret,
                          struct err_note *why)
{
    char path[PATH_MAX];
    temp_path(place, path);
    /* it holds what the database holds: nobody else may read it */
    CLEANUP(fd_done)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, COPY_FILE_MODE);
    if (fd < 0)
        return err_errno(why, errno == ENOSPC ? ERR_NOSPACE : ERR_SYSTEM, "%s",
                         path);
    fd_done(&fd);
    enum err e = make_copy(place->url, path, a, ret, why);
    if (e == ERR_OK)
        e = stream_out(path, put, arg, why);
    remove_db(path);
    return e;
}

/* --- and back --- */

static enum err stream_in(const char *path, dump_get_fn *get, void *arg,
                          struct err_note *why)
{
    const unsigned char *p = NULL;
    size_t n = 0;
    CLEANUP(fd_done)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, COPY_FILE_MODE);
    if (fd < 0)
        return err_errno(why, errno == ENOSPC ? ERR_NOSPACE : ERR_SYSTEM, "%s",
                         path);
    for (;;) {
        TRY(get(arg, &p, &n));
        if (n == 0)
            return ERR_OK;
        if (!fd_write_all(fd, p, n)) {
            bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return err_errno(why, full ? ERR_NOSPACE : ERR_SYSTEM,
                             "the database does not fit into %s", path);
        }
    }
}

static enum err put_back(const char *path, const char *target, bool replace,
                         struct err_note *why)
{
    CLEANUP(close_db) sqlite3 *from = NULL;
    CLEANUP(close_db) sqlite3 *to = NULL;
    const char *sound = "";
    int64_t n = 0;
    TRY(open_db(path, SQLITE_OPEN_READWRITE, &from, why));
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    enum err e = ask(from, "PRAGMA quick_check(1)", a, NULL, &sound, why);
    if (e == ERR_OK && strcmp(sound, "ok") != 0)
        e = err_set(why, ERR_INVALID, "the database in it is damaged: %s",
                    sound);
    arena_free(a);
    TRY(e);
    TRY(open_db(target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &to, why));
    TRY(ask(to, "SELECT count(*) FROM sqlite_schema", NULL, &n, NULL, why));
    if (n > 0 && !replace)
        return err_set(why, ERR_CONFLICT, "%s is not empty", target);
    return copy(from, to, target, why);
}

static enum err restore(const struct dump_place *place, bool replace,
                        dump_get_fn *get, void *arg, struct err_note *why)
{
    char path[PATH_MAX];
    const char *target = path_of(place->url);
    bool is_new = access(target, F_OK) != 0;
    temp_path(place, path);
    enum err e = stream_in(path, get, arg, why);
    if (e == ERR_OK)
        e = put_back(path, target, replace, why);
    remove_db(path);
    if (e != ERR_OK && is_new)
        remove_db(target);
    return e;
}

/* --- a scratch database --- */

static enum err scratch_new(const struct dump_place *place, struct arena *a,
                            const char **ret_url, struct err_note *why UNUSED)
{
    char path[PATH_MAX];
    *ret_url = arena_fmt(a, "sqlite:%s", temp_path(place, path));
    return ERR_OK;
}

static enum err scratch_drop(const struct dump_place *place UNUSED,
                             const char *scratch, struct err_note *why UNUSED)
{
    remove_db(path_of(scratch));
    return ERR_OK;
}

const struct dump_ops dump_sqlite = {.write = write_out,
                                     .restore = restore,
                                     .is_empty = is_empty,
                                     .count = count,
                                     .scratch_new = scratch_new,
                                     .scratch_drop = scratch_drop};
