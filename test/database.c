#include "test/database.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "store/migrate.h"

enum { START_MS = 30000, RECONNECT_MS = 5000, STATEMENT_MS = 20000 };
enum { MIGRATED_BYTES = 8 << 20, START_BYTES = 1 << 20 };

/* --- PostgreSQL --- */

/* The server does not run as root; nobody will do. */
static void become_nobody(void)
{
    const struct passwd *pw = getpwnam("nobody");
    if (geteuid() != 0)
        return;
    if (pw == NULL || setgroups(0, NULL) != 0 || setgid(pw->pw_gid) != 0 ||
        setuid(pw->pw_uid) != 0)
        _exit(126);
}

/* PATH of the newest server of this machine. */
static const char *program(const char *name, char path[256])
{
    glob_t found;
    snprintf(path, 256, "/usr/lib/postgresql/*/bin/%s", name);
    ck_assert_msg(glob(path, 0, NULL, &found) == 0 && found.gl_pathc > 0,
                  "%s is missing: install postgresql", path);
    snprintf(path, 256, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return path;
}

/* Starts argv in dir, as another user if we are root; it ends with us. */
static pid_t spawn(const char *dir, const char *const argv[])
{
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    int log = -1;
    become_nobody();
    if (chdir(dir) == 0)
        log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* The folder of a cluster, which belongs to who runs it. */
static void make_dir(struct t_pg *pg)
{
    static unsigned count;
    const struct passwd *pw = getpwnam("nobody");
    *pg = (struct t_pg){.pid = 0};
    snprintf(pg->dir, sizeof(pg->dir), "%s/pg-%d-%u", t_dir(), (int)getpid(),
             count++);
    ck_assert_int_eq(mkdir(pg->dir, 0755), 0);
    if (geteuid() == 0 && pw != NULL)
        ck_assert_int_eq(chown(pg->dir, pw->pw_uid, pw->pw_gid), 0);
}

/* Runs argv in the folder of pg to its end, which must be a good one. */
static void run_in(const struct t_pg *pg, const char *const argv[])
{
    int status = -1;
    waitpid(spawn(pg->dir, argv), &status, 0);
    ck_assert_msg(status == 0, "%s failed, see %s/log", argv[0], pg->dir);
}

/* Spanish order by default: what must not depend on it, shows. */
static void init_cluster(const struct t_pg *pg)
{
    char path[256];
    const char *const argv[] = {program("initdb", path),
                                "--auth=trust",
                                "--username=postgres",
                                "--no-sync",
                                "--encoding=UTF8",
                                "--locale=C.UTF-8",
                                "--locale-provider=icu",
                                "--icu-locale=es",
                                "-D",
                                "data",
                                NULL};
    run_in(pg, argv);
}

static void copy_cluster(const struct t_pg *pg, const char *from,
                         const char *to)
{
    const char *const argv[] = {"/bin/cp", "-a", from, to, NULL};
    run_in(pg, argv);
}

void t_pg_launch(struct t_pg *pg)
{
    char path[256];
    const char *const argv[] = {program("postgres", path),
                                "-D",
                                "data",
                                "-k",
                                pg->dir,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                "fsync=off",
                                "-c",
                                "synchronous_commit=off",
                                "-c",
                                "full_page_writes=off",
                                "-c",
                                "shared_buffers=16MB",
                                "-c",
                                "max_connections=20",
                                NULL};
    pg->pid = spawn(pg->dir, argv);
}

const char *t_pg_url(const struct t_pg *pg, const char *user)
{
    return arena_fmt(t_arena, "postgresql://%s@/postgres?host=%s", user,
                     pg->dir);
}

void t_pg_start(struct t_pg *pg)
{
    char conninfo[160];
    snprintf(conninfo, sizeof(conninfo), "host=%s user=postgres", pg->dir);
    t_pg_launch(pg);
    int64_t until = clock_ms() + START_MS;
    while (PQping(conninfo) != PQPING_OK) {
        ck_assert_msg(clock_ms() < until, "PostgreSQL does not start, see %s",
                      pg->dir);
        poll(NULL, 0, 20);
    }
}

/* SIGINT: all sessions are ended at once. */
void t_pg_stop(struct t_pg *pg)
{
    if (pg->pid == 0)
        return;
    kill(pg->pid, SIGINT);
    waitpid(pg->pid, NULL, 0);
    pg->pid = 0;
}

/* --- the cluster that tests share --- */

static struct t_pg shared; /* its folder also has the cluster as new */
static pid_t shared_owner;
/* Makes copies for the tests. Check's children use it too, one after the
 * other: to connect costs more than the copy. */
static PGconn *copier;

void t_pg_create(struct t_pg *pg)
{
    char fresh[128];
    make_dir(pg);
    snprintf(fresh, sizeof(fresh), "%s/new", shared.dir);
    copy_cluster(pg, fresh, "data");
}

/* Check's children run this too. */
static void stop_shared(void)
{
    if (getpid() != shared_owner)
        return;
    PQfinish(copier);
    t_pg_stop(&shared);
}

/* --- databases with the schema of sql/, to copy --- */

/* Sooner done than to migrate each test's own, and much so under valgrind. */
static const char *migrated_path(char path[96])
{
    snprintf(path, 96, "%s/migrated", t_dir());
    return path;
}

static void make_migrated(void)
{
    char path[96], url[112];
    snprintf(url, sizeof(url), "sqlite:%s", migrated_path(path));
    db_close(t_db_migrated(url));
}

static void copy_migrated(const char *to)
{
    char path[96];
    struct buf b;
    struct err_note why = {""};
    buf_init(&b, MIGRATED_BYTES);
    enum err e = fd_read_file(migrated_path(path), &b, &why);
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok = fd >= 0 && fd_write_all(fd, buf_str(&b), b.n);
    fd_done(&fd);
    buf_done(&b);
    ck_assert_msg(e == ERR_OK && ok, "cannot copy %s: %s", path, why.text);
}

static void on_copier(const char *sql)
{
    PGresult *res = PQexec(copier, sql);
    ck_assert_msg(PQresultStatus(res) == PGRES_COMMAND_OK, "%s: %s", sql,
                  PQerrorMessage(copier));
    PQclear(res);
}

static const char *pg_copy_url(const char *name)
{
    return arena_fmt(t_arena, "postgresql://postgres@/%s?host=%s", name,
                     shared.dir);
}

static void make_pg_template(void)
{
    copier = PQconnectdb(t_pg_url(&shared, "postgres"));
    on_copier("SET client_min_messages = warning");
    on_copier("CREATE DATABASE migrated");
    db_close(t_db_migrated(pg_copy_url("migrated")));
}

/* Copies of earlier tests; no test has as many as are left. */
static void drop_old_copies(void)
{
    enum { KEPT = 4 };
    PGresult *old = PQexec(copier, arena_fmt(t_arena,
                                             "SELECT datname FROM pg_database"
                                             " WHERE datname LIKE 'copy%%'"
                                             " ORDER BY oid DESC OFFSET %d",
                                             KEPT));
    ck_assert_msg(PQresultStatus(old) == PGRES_TUPLES_OK, "%s",
                  PQerrorMessage(copier));
    for (int i = 0; i < PQntuples(old); i++)
        on_copier(arena_fmt(t_arena, "DROP DATABASE %s WITH (FORCE)",
                            PQgetvalue(old, i, 0)));
    PQclear(old);
}

/* The address of a copy of its own. */
static const char *copy_pg(void)
{
    static unsigned count;
    const char *name = arena_fmt(t_arena, "copy%d_%u", (int)getpid(), count++);
    drop_old_copies();
    on_copier(arena_fmt(t_arena,
                        "CREATE DATABASE %s TEMPLATE migrated"
                        " STRATEGY file_copy",
                        name));
    return pg_copy_url(name);
}

/* An unchecked fixture: runs in the process that makes all others. */
static void start_shared(void)
{
    if (shared.pid != 0)
        return;
    t_arena = arena_new(START_BYTES, NULL, NULL);
    make_migrated();
    make_dir(&shared);
    init_cluster(&shared);
    copy_cluster(&shared, "data", "new"); /* sooner done than initdb */
    t_pg_start(&shared);
    make_pg_template();
    t_arena = arena_free(t_arena);
    shared_owner = getpid();
    atexit(stop_shared);
}

TCase *t_db_case(Suite *s, const char *name)
{
    TCase *tc = t_case(s, name);
    if (sodium_init() < 0)
        abort();
    tcase_add_unchecked_fixture(tc, start_shared, NULL);
    return tc;
}

/* A user of its own, whose schema of the same name comes first. */
static const char *new_user(void)
{
    static unsigned count;
    const char *user = arena_fmt(t_arena, "t%d_%u", (int)getpid(), count++);
    on_copier(arena_fmt(t_arena,
                        "CREATE ROLE %s LOGIN SUPERUSER;"
                        "CREATE SCHEMA AUTHORIZATION %s",
                        user, user));
    return user;
}

const char *t_db_url(int which)
{
    if (which == ON_SQLITE)
        return arena_fmt(t_arena, "sqlite:%s", t_path("db"));
    return t_pg_url(&shared, new_user());
}

struct db *t_db_open(const char *url)
{
    struct db *db = NULL;
    struct err_note why = {""};
    struct db_conf conf = {
        .url = url, .reconnect_ms = RECONNECT_MS, .statement_ms = STATEMENT_MS};
    ck_assert_msg(db_open(&conf, &db, &why) == ERR_OK, "%s", why.text);
    return db;
}

struct db *t_db_migrated(const char *url)
{
    struct db *db = t_db_open(url);
    struct err_note why = {""};
    ck_assert_msg(migrate_run(db, migrations, false, NULL, NULL, &why) ==
                      ERR_OK,
                  "%s", why.text);
    return db;
}

const char *t_db_new_url(int which)
{
    if (which == ON_PG)
        return copy_pg();
    const char *url = t_db_url(which);
    copy_migrated(url + strlen("sqlite:"));
    return url;
}

struct db *t_db_new(int which)
{
    return t_db_open(t_db_new_url(which));
}

/* The key's id is the start of its hash, as audit_keys_init() finds it. */
const struct audit_keys t_audit_keys = {
    .n = 1,
    .key = {{"a key for tests, 32 characters or more", "b68c7e1370994936"}}};

struct actor *t_actor(int64_t user_id)
{
    struct actor *by = ARENA_NEW(t_arena, struct actor);
    *by = audit_system(&t_audit_keys, t_arena);
    by->user_id = user_id;
    return by;
}
