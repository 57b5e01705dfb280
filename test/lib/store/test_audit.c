#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/audit.h"
#include "test/database.h"

/* What the tests write down. */
struct thing {
    int64_t size;
    const char *colour, *owner;
    bool alive;
};

static const struct audit_field thing_audit[] = {
    AUDIT_CLEAR(COL_BOOL, struct thing, alive),
    AUDIT_CLEAR(COL_TEXT, struct thing, colour),
    AUDIT_PERSONAL(struct thing, owner),
    AUDIT_CLEAR(COL_INT, struct thing, size),
    AUDIT_END,
};

static const char sql_thing_rows[] =
    "SELECT seq, at, actor_id, role, ip, action, entity, entity_id, diff,"
    " key_id, prev_hash, hash FROM audit_log ORDER BY seq";

static enum err record(struct db *db, struct actor *by, int64_t id,
                       const struct thing *from, const struct thing *to)
{
    return audit_record(db, by,
                        &(struct audit_event){.action = "update",
                                              .entity = "thing",
                                              .id = id,
                                              .fields = thing_audit,
                                              .from = from,
                                              .to = to});
}

/* n rows of things 1 to n. */
static void write_rows(struct db *db, int64_t n)
{
    for (int64_t i = 1; i <= n; i++) {
        const struct thing t = {.size = i, .colour = "red", .owner = "Ana"};
        t_ok(record(db, t_actor(5), i, NULL, &t));
    }
}

static struct audit_row *all_rows(struct db *db, size_t want)
{
    struct db_rows rows;
    t_ok(db_all(db, t_arena, &(const struct query){.sql = sql_thing_rows},
                audit_columns, sizeof(struct audit_row), &rows));
    ck_assert_uint_eq(rows.n, want);
    return rows.items;
}

static struct audit_report verify(struct db *db,
                                  const struct audit_anchor *anchor)
{
    struct audit_report r;
    t_ok(audit_verify(db, &t_audit_keys, anchor, &r));
    return r;
}

/* Computed by Python: hmac.new(key, json.dumps(row, ensure_ascii=False,
 * separators=(",", ":")).encode(), "sha256").hexdigest() */
START_TEST(anybody_can_compute_a_hash)
{
    const struct audit_key *key = &t_audit_keys.key[0];
    const struct audit_row row = {
        .seq = 7,
        .at = 1796083200,
        .actor_id = 3,
        .role = "admin",
        .ip = "192.0.2.1",
        .action = "update",
        .entity = "client",
        .entity_id = 12,
        .diff = "{\"city\":{\"from\":\"Cali\",\"to\":\"Bogotá \\\"D.C.\\\"\"}}",
        .key_id = key->id,
        .prev_hash = "abababababababababababababababab"
                     "abababababababababababababababab"};
    char hash[AUDIT_HASH_SIZE];
    audit_hash(key, &row, hash);
    ck_assert_str_eq(
        hash,
        "9cb9b7e7577cba66d064c8da3ec569e8e5daa6c2375348320b4d1a788d9a4081");
}
END_TEST

START_TEST(keys_are_checked)
{
    const char *const old[] = {"another key of 32 characters or more", NULL};
    const char *const bad[] = {"short", NULL};
    const char *const many[MAX_AUDIT_KEYS + 1] = {
        [0 ... MAX_AUDIT_KEYS - 1] = "another key of 32 characters or more"};
    struct audit_keys keys;
    struct err_note why;
    const char *key = t_audit_keys.key[0].text;
    t_ok(audit_keys_init(&keys, key, NULL, &why));
    ck_assert_str_eq(keys.key[0].id, t_audit_keys.key[0].id);
    t_ok(audit_keys_init(&keys, key, old, &why));
    ck_assert_uint_eq(keys.n, 2);
    ck_assert_ptr_eq(audit_key_find(&keys, keys.key[1].id), &keys.key[1]);
    ck_assert_ptr_null(audit_key_find(&keys, ""));
    t_is(audit_keys_init(&keys, "", NULL, &why), ERR_CONFIG);
    t_contains(why.text, "audit.key: is not set");
    t_is(audit_keys_init(&keys, key, bad, &why), ERR_CONFIG);
    t_contains(why.text, "audit.old_keys: is too short");
    t_is(audit_keys_init(&keys, key, many, &why), ERR_CONFIG);
}
END_TEST

START_TEST(rows_form_a_chain)
{
    struct db *db = t_db_new(_i);
    int64_t before = clock_now();
    struct audit_head head;
    ck_assert_int_eq(verify(db, NULL).fault, AUDIT_INTACT);
    write_rows(db, 3);
    const struct audit_row *r = all_rows(db, 3);
    for (int64_t i = 0; i < 3; i++) {
        ck_assert_int_eq(r[i].seq, i + 1);
        ck_assert_int_eq(r[i].actor_id, 5);
        ck_assert_str_eq(r[i].role, "system");
        ck_assert_str_eq(r[i].ip, "");
        ck_assert_str_eq(r[i].action, "update");
        ck_assert_str_eq(r[i].entity, "thing");
        ck_assert_int_eq(r[i].entity_id, i + 1);
        ck_assert_int_ge(r[i].at, before);
        ck_assert_str_eq(r[i].prev_hash, i > 0 ? r[i - 1].hash : "");
    }
    t_ok(audit_head_get(db, t_arena, &t_audit_keys, &head));
    ck_assert_int_eq(head.seq, 3);
    ck_assert_str_eq(head.hash, r[2].hash);
    struct audit_report report = verify(db, NULL);
    ck_assert_int_eq(report.fault, AUDIT_INTACT);
    ck_assert_int_eq(report.upto, 3);
    db_close(db);
}
END_TEST

START_TEST(a_diff_tells_what_changed_and_nothing_personal)
{
    struct db *db = t_db_new(_i);
    const struct thing old = {4, "red", "Ana", false};
    const struct thing new = {4, "r\n<\"é", "Bea", true};
    t_ok(record(db, t_actor(0), 1, NULL, &old));
    t_ok(record(db, t_actor(0), 1, &old, &new));
    t_ok(record(db, t_actor(0), 2, NULL, &old));
    t_ok(record(db, t_actor(0), 1, &old, &old));
    t_ok(record(db, t_actor(0), 1, &(struct thing){0}, &(struct thing){0}));
    const struct audit_row *r = all_rows(db, 5);
    const char *owner = strstr(r[0].diff, "h:");
    ck_assert_ptr_nonnull(owner);
    owner = arena_dup(t_arena, owner, 34);
    ck_assert_str_eq(r[0].diff,
                     arena_fmt(t_arena,
                               "{\"colour\":{\"to\":\"red\"},"
                               "\"owner\":{\"to\":\"%s\"},\"size\":{\"to\":4}}",
                               owner));
    t_contains(r[1].diff, "{\"alive\":{\"from\":false,\"to\":true},"
                          "\"colour\":{\"from\":\"red\","
                          "\"to\":\"r\\n<\\\"é\"},");
    t_contains(
        r[1].diff,
        arena_fmt(t_arena, "\"owner\":{\"from\":\"%s\",\"to\":\"h:", owner));
    /* the same person of another thing cannot be recognised */
    ck_assert_ptr_null(strstr(r[2].diff, owner));
    ck_assert_str_eq(r[3].diff, "{}");
    ck_assert_str_eq(r[4].diff, "{}");
    for (size_t i = 0; i < 5; i++)
        ck_assert(strstr(r[i].diff, "Ana") == NULL &&
                  strstr(r[i].diff, "Bea") == NULL);
    /* what is forgotten leaves the chain whole, and other hashes behind */
    t_ok(audit_forget(db, "thing", 1));
    t_ok(record(db, t_actor(0), 1, NULL, &old));
    ck_assert_ptr_null(strstr(all_rows(db, 6)[5].diff, owner));
    ck_assert_int_eq(verify(db, NULL).fault, AUDIT_INTACT);
    db_close(db);
}
END_TEST

START_TEST(a_table_out_of_order_is_refused)
{
    static const struct audit_field unsorted[] = {
        AUDIT_CLEAR(COL_INT, struct thing, size),
        AUDIT_CLEAR(COL_BOOL, struct thing, alive),
        AUDIT_END,
    };
    struct db *db = t_db_new(_i);
    const struct thing t = {.size = 1};
    t_is(audit_record(db, t_actor(0),
                      &(struct audit_event){.action = "x",
                                            .entity = "thing",
                                            .fields = unsorted,
                                            .to = &t}),
         ERR_BUG);
    t_contains(db_error(db), "thing.alive");
    all_rows(db, 0);
    db_close(db);
}
END_TEST

/* An error takes the rows along; an inner transaction belongs to the outer. */
START_TEST(rows_and_writes_go_together)
{
    struct db *db = t_db_new(_i);
    struct actor *by = t_actor(0);
    const struct audit_event event = {.action = "x", .entity = "thing"};
    t_is(audit_note(db, by, &event), ERR_BUG); /* no transaction */
    t_ok(audit_begin(db, by));
    t_ok(audit_note(db, by, &event));
    t_is(audit_end(db, by, ERR_CONFLICT), ERR_CONFLICT);
    t_ok(audit_begin(db, by));
    t_ok(audit_record(db, by, &event));
    t_ok(audit_begin(db, by));
    t_ok(audit_note(db, by, &event));
    t_is(audit_end(db, by, ERR_NOTFOUND), ERR_NOTFOUND);
    t_is(audit_end(db, by, ERR_NOTFOUND), ERR_NOTFOUND);
    all_rows(db, 0);
    t_ok(audit_begin(db, by));
    t_ok(audit_record(db, by, &event));
    t_ok(audit_record(db, by, &event));
    t_ok(audit_end(db, by, ERR_OK));
    t_ok(audit_begin(db, by)); /* nothing to tell */
    t_ok(audit_end(db, by, ERR_OK));
    all_rows(db, 2);
    ck_assert_int_eq(verify(db, NULL).fault, AUDIT_INTACT);
    db_close(db);
}
END_TEST

/* What somebody with SQL alone can do to six rows, and what is found. */
static const struct {
    const char *sql;
    enum audit_fault fault;
    int64_t seq;
} crimes[] = {
    {"UPDATE audit_log SET at = at + 1 WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET actor_id = 6 WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET role = 'admin' WHERE seq = 1", AUDIT_CHANGED, 1},
    {"UPDATE audit_log SET ip = '::1' WHERE seq = 6", AUDIT_CHANGED, 6},
    {"UPDATE audit_log SET action = 'x' WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET entity = 'x' WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET entity_id = 9 WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET diff = '{}' WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET hash = prev_hash WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET prev_hash = '' WHERE seq = 3", AUDIT_CHANGED, 3},
    {"UPDATE audit_log SET key_id = 'x' WHERE seq = 3", AUDIT_KEYLESS, 3},
    {"DELETE FROM audit_log WHERE seq = 3", AUDIT_MISSING, 3},
    {"DELETE FROM audit_log WHERE seq <= 2", AUDIT_MISSING, 1},
    {"UPDATE audit_log SET seq = 7 WHERE seq = 3", AUDIT_MISSING, 3},
    /* closing the gap */
    {"DELETE FROM audit_log WHERE seq = 3;"
     "UPDATE audit_log SET seq = 3 WHERE seq = 4",
     AUDIT_MOVED, 3},
    /* two rows in each other's place */
    {"UPDATE audit_log SET seq = 100 WHERE seq = 3;"
     "UPDATE audit_log SET seq = 3 WHERE seq = 4;"
     "UPDATE audit_log SET seq = 4 WHERE seq = 100",
     AUDIT_MOVED, 3},
    /* an old row once more */
    {"DELETE FROM audit_log WHERE seq = 5;"
     "INSERT INTO audit_log SELECT 5, at, actor_id, role, ip, action, entity,"
     " entity_id, diff, key_id, prev_hash, hash FROM audit_log WHERE seq = 2",
     AUDIT_MOVED, 5},
    {"INSERT INTO audit_log SELECT 7, at, actor_id, role, ip, action, entity,"
     " entity_id, diff, key_id, prev_hash, hash FROM audit_log WHERE seq = 2",
     AUDIT_SURPLUS, 7},
    /* the tail */
    {"DELETE FROM audit_log WHERE seq > 4", AUDIT_CUT, 5},
    {"DELETE FROM audit_log", AUDIT_CUT, 1},
    {"DELETE FROM audit_log WHERE seq > 4;"
     "UPDATE audit_head SET seq = 4, hash ="
     " (SELECT hash FROM audit_log WHERE seq = 4)",
     AUDIT_FORGED, 4},
    {"UPDATE audit_head SET mac = ''", AUDIT_FORGED, 6},
    {"UPDATE audit_head SET seq = 4", AUDIT_FORGED, 4},
    {"DELETE FROM audit_head", AUDIT_FORGED, 0},
};

START_TEST(every_crime_is_located)
{
    static const char keep[] =
        "CREATE TABLE kept_log AS SELECT * FROM audit_log;"
        "CREATE TABLE kept_head AS SELECT * FROM audit_head";
    static const char again[] = "DELETE FROM audit_log; DELETE FROM audit_head;"
                                "INSERT INTO audit_log SELECT * FROM kept_log;"
                                "INSERT INTO audit_head"
                                " SELECT * FROM kept_head";
    struct db *db = t_db_new(_i);
    write_rows(db, 6);
    t_ok(db_script(db, keep));
    for (size_t i = 0; i < ARRAY_LEN(crimes); i++) {
        struct audit_report checked, r;
        t_ok(db_script(db, again));
        r = verify(db, NULL);
        ck_assert_int_eq(r.fault, AUDIT_INTACT);
        t_ok(db_script(db, crimes[i].sql));
        r = verify(db, NULL);
        ck_assert_msg(r.fault == crimes[i].fault && r.seq == crimes[i].seq,
                      "row %d %s, after: %s", (int)r.seq,
                      audit_fault_text(r.fault), crimes[i].sql);
        t_ok(audit_checked(db, t_arena, &t_audit_keys, &checked));
        ck_assert_int_eq(checked.fault, r.fault);
        ck_assert_int_eq(checked.seq, r.seq);
        ck_assert_int_eq(checked.upto, r.upto);
    }
    db_close(db);
}
END_TEST

/* Otherwise the next row would make the chain look whole again. */
START_TEST(nothing_is_appended_to_a_forged_end)
{
    static const char *const ways[] = {
        "UPDATE audit_head SET seq = 2", "UPDATE audit_head SET mac = ''",
        "UPDATE audit_head SET key_id = ''", "DELETE FROM audit_head"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct db *db = t_db_new(_i);
        struct audit_head head;
        write_rows(db, 3);
        t_ok(db_script(db, ways[i]));
        t_is(record(db, t_actor(0), 1, NULL, NULL), ERR_BUG);
        t_contains(db_error(db), "ptctl audit verify");
        t_is(audit_head_get(db, t_arena, &t_audit_keys, &head), ERR_BUG);
        all_rows(db, 3);
        db_close(db);
    }
}
END_TEST

/* An older database as a whole is found only with a head kept elsewhere. */
START_TEST(a_head_kept_elsewhere_is_compared)
{
    static const char tables[] =
        "CREATE TABLE kept_log AS SELECT * FROM audit_log;"
        "CREATE TABLE kept_head AS SELECT * FROM audit_head";
    static const char again[] =
        "DELETE FROM audit_log; DELETE FROM audit_head;"
        "INSERT INTO audit_log SELECT * FROM kept_log;"
        "INSERT INTO audit_head SELECT * FROM kept_head";
    struct db *db = t_db_new(_i);
    struct audit_head head;
    write_rows(db, 3);
    t_ok(db_script(db, tables));
    write_rows(db, 2);
    t_ok(audit_head_get(db, t_arena, &t_audit_keys, &head));
    const struct audit_anchor anchor = {head.seq, head.hash};
    ck_assert_int_eq(verify(db, &anchor).fault, AUDIT_INTACT);
    t_ok(db_script(db, again));
    ck_assert_int_eq(verify(db, NULL).fault, AUDIT_INTACT);
    struct audit_report r = verify(db, &anchor);
    ck_assert_int_eq(r.fault, AUDIT_CUT);
    ck_assert_int_eq(r.seq, 4);
    for (int64_t i = 1; i <= 4; i++) /* another history */
        t_ok(record(db, t_actor(6), i, NULL, NULL));
    ck_assert_int_eq(verify(db, NULL).fault, AUDIT_INTACT);
    r = verify(db, &anchor);
    ck_assert_int_eq(r.fault, AUDIT_OTHER);
    ck_assert_int_eq(r.seq, 5);
    db_close(db);
}
END_TEST

START_TEST(keys_are_changed_forwards_only)
{
    struct db *db = t_db_new(_i);
    const char *const old[] = {t_audit_keys.key[0].text, NULL};
    static const char fresh[] = "another key of 32 characters or more";
    struct audit_keys keys, newer;
    struct audit_report r;
    struct err_note why;
    struct actor *by = t_actor(0);
    write_rows(db, 2);
    t_ok(audit_keys_init(&keys, fresh, old, &why));
    t_ok(audit_keys_init(&newer, fresh, NULL, &why));
    by->keys = &newer;
    t_is(record(db, by, 1, NULL, NULL), ERR_BUG);
    by->keys = &keys;
    t_ok(record(db, by, 1, NULL, NULL));
    t_ok(audit_verify(db, &keys, NULL, &r));
    ck_assert_int_eq(r.fault, AUDIT_INTACT);
    t_ok(audit_verify(db, &newer, NULL, &r));
    ck_assert_int_eq(r.fault, AUDIT_KEYLESS);
    ck_assert_int_eq(r.seq, 1);
    /* a key that was replaced signs nothing any more */
    const char *const turned[] = {fresh, NULL};
    struct audit_keys back;
    t_ok(audit_keys_init(&back, old[0], turned, &why));
    by->keys = &back;
    t_ok(record(db, by, 1, NULL, NULL));
    t_ok(audit_verify(db, &keys, NULL, &r));
    ck_assert_int_eq(r.fault, AUDIT_KEYLESS);
    ck_assert_int_eq(r.seq, 4);
    db_close(db);
}
END_TEST

START_TEST(the_note_of_a_verification_is_not_forged)
{
    static const char *const ways[] = {
        "UPDATE audit_check SET seq = 9", "UPDATE audit_check SET at = at + 1",
        "UPDATE audit_check SET fault = 1", "DELETE FROM audit_check"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct db *db = t_db_new(_i);
        struct audit_report r;
        t_ok(audit_checked(db, t_arena, &t_audit_keys, &r));
        ck_assert_int_eq(r.at, 0);
        write_rows(db, 2);
        int64_t before = clock_now();
        verify(db, NULL);
        t_ok(audit_checked(db, t_arena, &t_audit_keys, &r));
        ck_assert_int_ge(r.at, before);
        ck_assert_int_eq(r.upto, 2);
        t_ok(db_script(db, ways[i]));
        t_ok(audit_checked(db, t_arena, &t_audit_keys, &r));
        ck_assert_int_eq(r.at, 0);
        db_close(db);
    }
}
END_TEST

START_TEST(longer_than_a_batch)
{
    struct db *db = t_db_new(_i);
    struct actor *by = t_actor(0);
    t_ok(audit_begin(db, by));
    for (int64_t i = 1; i <= 1201; i++)
        t_ok(record(db, by, i, NULL, NULL));
    t_ok(audit_end(db, by, ERR_OK));
    ck_assert_int_eq(verify(db, NULL).upto, 1201);
    t_ok(db_script(db, "DELETE FROM audit_log WHERE seq = 1001"));
    ck_assert_int_eq(verify(db, NULL).seq, 1001);
    db_close(db);
}
END_TEST

enum { WRITERS = 4, WRITES = 25 };

/* In a child no assertion may fail: Check would go on there, too. */
static int write_some(const char *url)
{
    const struct thing t = {.size = 1, .colour = "red", .owner = "Ana"};
    struct db *db = t_db_open(url);
    enum err e = ERR_OK;
    for (int64_t i = 1; e == ERR_OK && i <= WRITES; i++)
        e = record(db, t_actor(5), i, NULL, &t);
    db_close(db);
    return (int)e;
}

/* Each has its own connection, as workers do. */
static void write_at_once(const char *url)
{
    pid_t pids[WRITERS];
    for (int w = 0; w < WRITERS; w++) {
        pids[w] = fork();
        ck_assert_int_ge(pids[w], 0);
        if (pids[w] == 0)
            _exit(write_some(url));
    }
    for (int w = 0; w < WRITERS; w++) {
        int status = -1;
        waitpid(pids[w], &status, 0);
        ck_assert_int_eq(status, 0);
    }
}

START_TEST(writers_wait_for_each_other)
{
    const char *url = t_db_new_url(_i);
    write_at_once(url);
    struct db *db = t_db_open(url);
    struct audit_report r = verify(db, NULL);
    ck_assert_int_eq(r.fault, AUDIT_INTACT);
    ck_assert_int_eq(r.upto, WRITERS * WRITES);
    all_rows(db, WRITERS * WRITES);
    db_close(db);
}
END_TEST

Suite *audit_suite(void)
{
    Suite *s = suite_create("audit");
    TCase *tc = t_db_case(s, "both");
    tcase_add_test(tc, anybody_can_compute_a_hash);
    tcase_add_test(tc, keys_are_checked);
    t_add_both(tc, rows_form_a_chain);
    t_add_both(tc, a_diff_tells_what_changed_and_nothing_personal);
    t_add_both(tc, a_table_out_of_order_is_refused);
    t_add_both(tc, rows_and_writes_go_together);
    t_add_both(tc, every_crime_is_located);
    t_add_both(tc, nothing_is_appended_to_a_forged_end);
    t_add_both(tc, a_head_kept_elsewhere_is_compared);
    t_add_both(tc, keys_are_changed_forwards_only);
    t_add_both(tc, the_note_of_a_verification_is_not_forged);
    t_add_both(tc, longer_than_a_batch);
    t_add_both(tc, writers_wait_for_each_other);
    return s;
}
