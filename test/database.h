/*
 * database - both databases for tests: SQLite files and a PostgreSQL cluster.
 *
 * The cluster that most tests share is started once, before the first test
 * that needs it, by the process that runs the tests, and stopped when that
 * ends. Each test has a schema, a database or a file of its own.
 *
 * Ownership  Addresses live in t_arena; db_close() what is opened.
 */
#ifndef PT_TEST_DATABASE_H
#define PT_TEST_DATABASE_H

#include <sys/types.h>

#include "store/audit.h"
#include "test/support.h"

enum { ON_SQLITE, ON_PG, DATABASES };

/* A test case of s that may use both databases. */
TCase *t_db_case(Suite *s, const char *name);

/* fn runs on each database, which is its _i. */
#define t_add_both(tc, fn) tcase_add_loop_test((tc), (fn), 0, DATABASES)

/* The address of an empty database that no other test has. */
const char *t_db_url(int which);

/* Opens it; that must work. */
struct db *t_db_open(const char *url);

/* Opens it and gives it the schema of sql/. */
struct db *t_db_migrated(const char *url);

/* A new database with that schema: a copy of one that was migrated. Of the
 * copies in PostgreSQL the last four are left. */
struct db *t_db_new(int which);
const char *t_db_new_url(int which);

/* An actor with a fixed key; 0: the system itself. */
struct actor *t_actor(int64_t user_id);
extern const struct audit_keys t_audit_keys;

/* A PostgreSQL cluster of its own, for tests of a t_db_case(). */
struct t_pg {
    char dir[96];
    pid_t pid; /* of the server; 0: not running */
};

void t_pg_create(struct t_pg *pg);
void t_pg_launch(struct t_pg *pg); /* without waiting for it */
void t_pg_start(struct t_pg *pg);
void t_pg_stop(struct t_pg *pg);
const char *t_pg_url(const struct t_pg *pg, const char *user);

#endif
