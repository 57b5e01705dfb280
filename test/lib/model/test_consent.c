#include "base/clock.h"
#include "model/client_part.h"
#include "test/client.h"

static struct consent of(int64_t client_id, const char *purpose,
                         const char *version)
{
    return (struct consent){.client_id = client_id,
                            .purpose = purpose,
                            .text_version = version,
                            .channel = "paper",
                            .signed_by = "Ana Ñ.",
                            .ip = "192.0.2.7",
                            .user_agent = "Mozilla/5.0"};
}

static int64_t grant(struct db *db, int64_t client_id, const char *purpose,
                     const char *version)
{
    struct consent p = of(client_id, purpose, version);
    int64_t id = 0;
    enum err e = consent_grant(db, t_arena, &p, t_actor(0), &id);
    ck_assert_msg(e == ERR_OK, "%s", db_error(db));
    return id;
}

static struct consent get(struct db *db, int64_t client_id, int64_t id)
{
    struct consent p;
    t_ok(consent_get(db, t_arena, client_id, id, &p));
    return p;
}

START_TEST(everything_is_stored)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t before = clock_now(), id = grant(db, client, "photos", "v1");
    struct consent p = get(db, client, id);
    ck_assert_int_eq(p.client_id, client);
    ck_assert_str_eq(p.purpose, "photos");
    ck_assert_str_eq(p.text_version, "v1");
    ck_assert_str_eq(p.channel, "paper");
    ck_assert_str_eq(p.signed_by, "Ana Ñ.");
    ck_assert_str_eq(p.ip, "192.0.2.7");
    ck_assert_str_eq(p.user_agent, "Mozilla/5.0");
    ck_assert_int_ge(p.granted_at, before);
    ck_assert_int_eq(p.revoked_at, 0);
    t_is(consent_get(db, t_arena, other, id, &p), ERR_NOTFOUND);
    db_close(db);
}
END_TEST

START_TEST(the_same_text_is_granted_once)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"), id;
    struct consent p = of(client, "service", "v1");
    grant(db, client, "service", "v1");
    t_is(consent_grant(db, t_arena, &p, t_actor(0), &id), ERR_CONFLICT);
    grant(db, client, "service", "v2");
    grant(db, client, "photos", "v1");
    db_close(db);
}
END_TEST

/* A purpose that ends is allowed by no older text either. */
START_TEST(revoking_ends_the_purpose)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t old = grant(db, client, "commercial", "v1");
    int64_t new = grant(db, client, "commercial", "v2");
    int64_t service = grant(db, client, "service", "v1");
    int64_t far = grant(db, other, "commercial", "v1");
    t_is(consent_revoke(db, t_arena, other, new, "phone", t_actor(0)),
         ERR_NOTFOUND);
    t_ok(consent_revoke(db, t_arena, client, new, "phone", t_actor(0)));
    ck_assert_int_ne(get(db, client, new).revoked_at, 0);
    ck_assert_str_eq(get(db, client, new).revoke_channel, "phone");
    ck_assert_int_ne(get(db, client, old).revoked_at, 0);
    ck_assert_int_eq(get(db, client, service).revoked_at, 0);
    ck_assert_int_eq(get(db, other, far).revoked_at, 0);
    t_is(consent_revoke(db, t_arena, client, new, "web", t_actor(0)),
         ERR_CONFLICT);
    ck_assert_str_eq(get(db, client, new).revoke_channel, "phone");
    /* and may be granted again, in a row of its own */
    int64_t again = grant(db, client, "commercial", "v2");
    ck_assert_int_eq(get(db, client, again).revoked_at, 0);
    db_close(db);
}
END_TEST

static const char sql_try_change[] =
    "UPDATE consent SET text_version = 'v9' WHERE id = $1";
static const char sql_try_again[] =
    "UPDATE consent SET revoked_at = NULL, revoke_channel = ''"
    " WHERE id = $1";
static const char sql_try_delete[] = "DELETE FROM consent WHERE id = $1";
static const char sql_try_move[] =
    "UPDATE consent SET client_id = $1 WHERE id = $2";

START_TEST(the_database_keeps_it)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"),
            other = t_client(db, "Ferretería");
    int64_t id = grant(db, client, "photos", "v1");
    t_is(db_write(db, QUERY(sql_try_change, db_int(id)), NULL), ERR_BUG);
    t_is(db_write(db, QUERY(sql_try_delete, db_int(id)), NULL), ERR_BUG);
    t_ok(consent_revoke(db, t_arena, client, id, "web", t_actor(0)));
    t_is(db_write(db, QUERY(sql_try_again, db_int(id)), NULL), ERR_BUG);
    ck_assert_str_eq(get(db, client, id).text_version, "v1");
    ck_assert_str_eq(get(db, client, id).revoke_channel, "web");
    /* of two clients that turn out to be one */
    t_ok(db_write(db, QUERY(sql_try_move, db_int(other), db_int(id)), NULL));
    ck_assert_int_ne(get(db, other, id).revoked_at, 0);
    db_close(db);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
    struct db *db = t_db_new(_i);
    int64_t client = t_client(db, "Ferretería"), id;
    struct consent p = of(client, "anything", "v1");
    t_is(consent_grant(db, t_arena, &p, t_actor(0), &id), ERR_BUG);
    p = of(client, "photos", "");
    t_is(consent_grant(db, t_arena, &p, t_actor(0), &id), ERR_BUG);
    p = of(client, "photos", "v1");
    p.signed_by = "";
    t_is(consent_grant(db, t_arena, &p, t_actor(0), &id), ERR_BUG);
    id = grant(db, client, "photos", "v1");
    t_is(consent_revoke(db, t_arena, client, id, "", t_actor(0)), ERR_BUG);
    ck_assert_int_eq(get(db, client, id).revoked_at, 0);
    db_close(db);
}
END_TEST

Suite *consent_suite(void)
{
    Suite *s = suite_create("consent");
    TCase *tc = t_db_case(s, "consent");
    t_add_both(tc, everything_is_stored);
    t_add_both(tc, the_same_text_is_granted_once);
    t_add_both(tc, revoking_ends_the_purpose);
    t_add_both(tc, the_database_keeps_it);
    t_add_both(tc, what_cannot_be_is_refused);
    return s;
}
