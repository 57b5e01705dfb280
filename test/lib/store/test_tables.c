#include <string.h>

#include "store/tables.h"
#include "test/support.h"

static const char *names(const struct tables *t)
{
    const char *text = "";
    for (size_t i = 0; i < t->n; i++)
        text = arena_fmt(t_arena, "%s%s%.*s", text, i > 0 ? " " : "",
                         (int)t->name[i].n, t->name[i].p);
    return text;
}

static const struct {
    const char *sql, *reads, *writes;
} known[] = {
    {"SELECT 1", "", ""},
    {"select a, b from t where c = 'from x'", "t", ""},
    {"SELECT t.a FROM t -- FROM x\n WHERE a = 1", "t", ""},
    {"SELECT * FROM a, b AS c , d WHERE x IN (1, 2)", "a b d", ""},
    {"SELECT f(a, b), c FROM t ORDER BY a, b", "t", ""},
    {"SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (x, y)", "a b c",
     ""},
    {"SELECT * FROM (SELECT * FROM t WHERE a = 1) AS page ORDER BY b, c", "t",
     ""},
    {"SELECT (SELECT count(*) FROM a) AS x, (SELECT 1 FROM b LIMIT 1) AS y",
     "a b", ""},
    {"SELECT * FROM a WHERE EXISTS (SELECT 1 FROM A o WHERE o.x <> a.x)", "a",
     ""},
    {"SELECT * FROM a WHERE b IS NOT DISTINCT FROM $1", "a", ""},
    {"SELECT * FROM json_each($1)", "", ""},
    {"SELECT * FROM unnest($1) u JOIN t ON t.a = u.a", "t", ""},
    {"SELECT * FROM a UNION ALL SELECT * FROM b", "a b", ""},
    {"WITH w AS (SELECT * FROM a) SELECT * FROM w JOIN b ON true", "a b", ""},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n),"
     " m AS (SELECT * FROM x, y) SELECT * FROM n, m, z",
     "x y z", ""},
    {"SELECT * FROM job WHERE x = 1 FOR UPDATE SKIP LOCKED", "job", ""},
    {"SELECT * FROM job FOR NO KEY UPDATE", "job", ""},
    {"SELECT pg_advisory_xact_lock($1)", "", ""},
    {"INSERT INTO t (a, b) VALUES ($1, $2) RETURNING id", "", "t"},
    {"insert or ignore into t (a) select b from u", "u", "t"},
    {"INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = 1", "",
     "t"},
    {"UPDATE t SET a = $1, b = (SELECT max(b) FROM u) WHERE id = $2", "u", "t"},
    {"UPDATE t SET a = u.a FROM u WHERE u.id = t.id", "u", "t"},
    {"DELETE FROM t WHERE a = $1", "", "t"},
    {"DELETE FROM t WHERE id IN (SELECT id FROM old)", "old", "t"},
    {"WITH due AS (SELECT id FROM job WHERE at < $1 FOR UPDATE SKIP LOCKED)"
     " UPDATE job SET state = 'busy' FROM due WHERE due.id = job.id",
     "job", "job"},
    {"WITH gone AS (DELETE FROM a RETURNING *), kept AS (INSERT INTO b (x)"
     " SELECT x FROM gone RETURNING x) SELECT * FROM kept",
     "", "a b"},
    {"SELECT a FROM \"t\"\"x\"", NULL, NULL}, /* names are plain words */
    {"CREATE TABLE t (a INT)", NULL, NULL},
    {"DROP TABLE t", NULL, NULL},
    {"TRUNCATE t", NULL, NULL},
    {"PRAGMA wal_checkpoint", NULL, NULL},
    {"SELECT * FROM $1", NULL, NULL},
    {"UPDATE 'x' SET a = 1", NULL, NULL},
    {"INSERT INTO (a) VALUES (1)", NULL, NULL},
    {"SELECT (1", NULL, NULL},
    {"SELECT 1)", NULL, NULL},
    {"SELECT ((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))",
     NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(what_a_statement_touches)
{
    struct tables reads = {0}, writes = {0};
    struct err_note why = {""};
    const char *sql = known[_i].sql;
    enum err e = tables_of(sql, &reads, &writes, &why);
    if (known[_i].reads == NULL) {
        ck_assert_msg(e == ERR_BUG, "%s", sql);
        t_contains(why.text, "cannot tell the tables of: ");
        return;
    }
    ck_assert_msg(e == ERR_OK, "%s", why.text);
    ck_assert_msg(strcmp(names(&reads), known[_i].reads) == 0, "%s: reads %s",
                  sql, names(&reads));
    ck_assert_msg(strcmp(names(&writes), known[_i].writes) == 0,
                  "%s: writes %s", sql, names(&writes));
}
END_TEST

START_TEST(sets)
{
    struct tables a, b, many;
    ck_assert(tables_parse("", &a));
    ck_assert_uint_eq(a.n, 0);
    ck_assert(tables_parse(" client  app_user client ", &a));
    ck_assert_str_eq(names(&a), "client app_user");
    ck_assert(tables_parse("APP_USER session", &b));
    ck_assert_str_eq(arena_dup(t_arena, tables_missing(&b, &a)->p, 7),
                     "session");
    ck_assert(tables_add(&a, &b));
    ck_assert_str_eq(names(&a), "client app_user session");
    ck_assert_ptr_null(tables_missing(&b, &a));
    ck_assert(!tables_parse("a b c d e f g h i j k l m", &many));
    ck_assert(tables_parse("a b c d e f g h i j k l", &many));
    ck_assert(!tables_add(&many, &a));
}
END_TEST

Suite *tables_suite(void)
{
    Suite *s = suite_create("tables");
    TCase *tc = t_case(s, "text");
    tcase_add_loop_test(tc, what_a_statement_touches, 0, (int)ARRAY_LEN(known));
    tcase_add_test(tc, sets);
    return s;
}
