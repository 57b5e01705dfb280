#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "out/job.h"
#include "out/mail.h"
#include "out/mail_impl.h"
#include "out/smtp.h"
#include "test/database.h"

static struct config conf;
static struct job_env env;

static const struct mail hello = {.to_addr = "ana@example.com",
                                  .subject = "Hola",
                                  .body_text = "texto",
                                  .body_html = "<p>texto</p>",
                                  .lang = "es"};

static struct db *open_mail(int which)
{
    struct err_note why = {""};
    ck_assert_msg(config_load(NULL, t_arena, &conf, &why) == ERR_OK, "%s",
                  why.text);
    conf.mail.from = "PT <system@pt.example>";
    env = (struct job_env){
        .conf = &conf, .db = t_db_new(which), .name = "unit 1"};
    t_ok(smtp_new(&conf, &env.smtp, &why));
    return env.db;
}

static void close_mail(void)
{
    env.smtp = smtp_free(env.smtp);
    env.db = db_close(env.db);
}

static void queue(const struct mail *m)
{
    enum err e = mail_queue(env.db, t_arena, &conf, m);
    ck_assert_msg(e == ERR_OK, "%s", db_error(env.db));
}

static const struct mail *list(const char *state, int64_t before, size_t want)
{
    struct db_rows rows;
    t_ok(mail_list(env.db, t_arena, state, before, 10, &rows));
    ck_assert_uint_eq(rows.n, want);
    return rows.items;
}

static bool step(void)
{
    struct job_run r;
    if (job_claim(&env, t_arena, &r) != ERR_OK)
        return false;
    t_ok(job_perform(&r, feature_jobs));
    return true;
}

START_TEST(a_message_is_queued_whole)
{
    open_mail(_i);
    struct mail m = hello, got;
    m.to_name = "Ana Ñúñez";
    m.reply_to = "b@example.com";
    m.entity = "contact";
    m.entity_id = 12;
    queue(&m);
    t_ok(mail_get(env.db, t_arena, list("queued", 0, 1)->id, &got));
    ck_assert_str_eq(got.to_addr, m.to_addr);
    ck_assert_str_eq(got.to_name, m.to_name);
    ck_assert_str_eq(got.reply_to, m.reply_to);
    ck_assert_str_eq(got.subject, m.subject);
    ck_assert_str_eq(got.body_text, m.body_text);
    ck_assert_str_eq(got.body_html, m.body_html);
    ck_assert_str_eq(got.lang, "es");
    ck_assert_str_eq(got.class, "transactional");
    ck_assert_str_eq(got.entity, "contact");
    ck_assert_int_eq(got.entity_id, 12);
    ck_assert_int_eq(got.sent_at, 0);
    ck_assert_int_eq((int)strlen(got.message_id), 36 + 11);
    t_contains(got.message_id, "@pt.example");
    ck_assert_str_eq(list("", 0, 1)->body_text, ""); /* a list has none */
    close_mail();
}
END_TEST

START_TEST(what_cannot_be_sent_is_refused)
{
    open_mail(_i);
    struct mail m = hello;
    m.to_addr = "a@b.co\r\nBcc: c@d.co";
    t_is(mail_queue(env.db, t_arena, &conf, &m), ERR_INVALID);
    m = hello;
    m.reply_to = "x y@z.co";
    t_is(mail_queue(env.db, t_arena, &conf, &m), ERR_INVALID);
    m = hello;
    m.subject = "\xff";
    t_is(mail_queue(env.db, t_arena, &conf, &m), ERR_INVALID);
    char *big = arena_alloc(t_arena, MAX_MAIL_BYTES + 2);
    memset(big, 'x', MAX_MAIL_BYTES + 1);
    big[MAX_MAIL_BYTES + 1] = '\0';
    m = hello;
    m.body_text = big;
    t_is(mail_queue(env.db, t_arena, &conf, &m), ERR_INVALID);
    list("", 0, 0);
    close_mail();
}
END_TEST

START_TEST(a_key_is_queued_once)
{
    open_mail(_i);
    struct mail m = hello;
    m.dedupe_key = "contact:1";
    queue(&m);
    queue(&m);
    list("", 0, 1);
    m.dedupe_key = NULL;
    queue(&m);
    queue(&m);
    const struct mail *page = list("", 0, 3);
    ck_assert_int_gt(page[0].id, page[1].id);
    list("queued", page[1].id, 1);
    close_mail();
}
END_TEST

/* With what caused it, or not at all. */
START_TEST(it_is_part_of_the_transaction)
{
    open_mail(_i);
    t_ok(db_begin(env.db));
    queue(&hello);
    db_rollback(env.db);
    list("", 0, 0);
    ck_assert(!step());
    close_mail();
}
END_TEST

START_TEST(the_states_are_counted)
{
    open_mail(_i);
    struct mail_counts n;
    t_ok(mail_count(env.db, t_arena, &n));
    ck_assert_int_eq(n.queued + n.dead + n.oldest_at, 0);
    for (int i = 0; i < 4; i++)
        queue(&hello);
    t_ok(mail_mark_sent(env.db, 1));
    t_ok(mail_mark_dead(env.db, 2, "550 no"));
    t_ok(mail_mark_failed(env.db, 3, "450 later"));
    t_ok(mail_count(env.db, t_arena, &n));
    ck_assert_int_eq(n.queued, 2);
    ck_assert_int_eq(n.dead, 1);
    ck_assert_int_ge(n.oldest_at, clock_now() - 60);
    struct mail got;
    t_ok(mail_get(env.db, t_arena, 1, &got));
    ck_assert_str_eq(got.state, "sent");
    ck_assert_str_eq(got.body_text, ""); /* it may have held a secret */
    ck_assert_str_eq(got.body_html, "");
    ck_assert_int_ne(got.sent_at, 0);
    t_ok(mail_get(env.db, t_arena, 3, &got));
    ck_assert_int_eq(got.attempts, 1);
    ck_assert_str_eq(got.last_error, "450 later");
    int64_t sent;
    t_ok(mail_sent_to(env.db, t_arena, hello.to_addr, clock_now() - 60, &sent));
    ck_assert_int_eq(sent, 1);
    t_ok(mail_sent_to(env.db, t_arena, "b@c.co", clock_now() - 60, &sent));
    ck_assert_int_eq(sent, 0);
    close_mail();
}
END_TEST

START_TEST(only_what_is_dead_is_retried)
{
    open_mail(_i);
    queue(&hello);
    t_is(mail_retry(env.db, t_arena, t_actor(0), 1), ERR_NOTFOUND);
    t_is(mail_retry(env.db, t_arena, t_actor(0), 99), ERR_NOTFOUND);
    t_ok(mail_mark_dead(env.db, 1, "550 no"));
    t_ok(db_script(env.db, "UPDATE job SET state = 'dead'"));
    t_ok(mail_retry(env.db, t_arena, t_actor(0), 1));
    list("queued", 0, 1);
    struct job j;
    t_ok(job_get(env.db, t_arena, 1, &j));
    ck_assert_str_eq(j.state, "ready");
    close_mail();
}
END_TEST

START_TEST(without_a_server_it_waits)
{
    open_mail(_i);
    queue(&hello);
    ck_assert(step());
    ck_assert(!step());
    ck_assert_str_eq(list("queued", 0, 1)->last_error, "");
    struct job j;
    t_ok(job_get(env.db, t_arena, 1, &j));
    ck_assert_int_eq(j.attempts, 0);
    t_contains(j.last_error, "mail.url");
    close_mail();
}
END_TEST

START_TEST(an_address_gets_so_many)
{
    open_mail(_i);
    conf.mail.url = "smtp://127.0.0.1:1";
    conf.mail.per_hour = 1;
    queue(&hello);
    queue(&hello);
    t_ok(mail_mark_sent(env.db, 1));
    t_ok(db_script(env.db, "DELETE FROM job WHERE id = 1"));
    ck_assert(step());
    struct job j;
    t_ok(job_get(env.db, t_arena, 2, &j));
    t_contains(j.last_error, "mail.per_hour");
    close_mail();
}
END_TEST

/* We died between the server's answer and our note of it, or it is gone. */
START_TEST(what_was_sent_is_not_sent_again)
{
    open_mail(_i);
    conf.mail.url = "smtp://127.0.0.1:1";
    queue(&hello);
    queue(&hello);
    t_ok(mail_mark_sent(env.db, 1));
    t_ok(db_script(env.db, "DELETE FROM mail_message WHERE id = 2"));
    ck_assert(step());
    ck_assert(step());
    struct job j;
    for (int64_t id = 1; id <= 2; id++) {
        t_ok(job_get(env.db, t_arena, id, &j));
        ck_assert_str_eq(j.state, "done");
    }
    close_mail();
}
END_TEST

START_TEST(old_messages_go)
{
    open_mail(_i);
    for (int i = 0; i < 3; i++)
        queue(&hello);
    t_ok(mail_mark_sent(env.db, 1));
    t_ok(mail_mark_sent(env.db, 2));
    t_ok(db_script(env.db, "UPDATE mail_message SET created_at = 1"
                           " WHERE id <> 1; DELETE FROM job"));
    struct job_new prune = {.kind = "mail.prune"};
    t_ok(job_add(env.db, t_arena, &prune, NULL));
    ck_assert(step());
    const struct mail *left = list("", 0, 2); /* 3 still waits */
    ck_assert_int_eq(left[0].id, 3);
    ck_assert_int_eq(left[1].id, 1);
    close_mail();
}
END_TEST

/* --- smtp --- */

static const char *refusal(void)
{
    struct err_note why = {""};
    struct smtp *s = NULL;
    enum err e = smtp_new(&conf, &s, &why);
    smtp_free(s);
    ck_assert_int_eq(e, why.text[0] == '\0' ? ERR_OK : ERR_CONFIG);
    return arena_strdup(t_arena, why.text);
}

START_TEST(settings_are_checked)
{
    struct err_note why;
    t_ok(config_load(NULL, t_arena, &conf, &why));
    ck_assert_str_eq(refusal(), ""); /* off */
    conf.mail.url = "http://mail.example";
    t_contains(refusal(), "mail.url");
    conf.mail.url = "smtp://mail.example:587";
    t_contains(refusal(), "mail.from");
    conf.mail.from = "PT <x>";
    t_contains(refusal(), "mail.from");
    conf.mail.from = "PT <a@b.co>";
    ck_assert_str_eq(refusal(), "");
    conf.mail.user = "u";
    ck_assert_str_eq(refusal(), "");
    conf.mail.starttls = STARTTLS_OPTIONAL;
    t_contains(refusal(), "mail.starttls");
    conf.mail.url = "smtps://mail.example";
    ck_assert_str_eq(refusal(), "");
}
END_TEST

START_TEST(nobody_listens)
{
    struct err_note why = {""};
    struct smtp *s = NULL;
    struct mail m = hello;
    t_ok(config_load(NULL, t_arena, &conf, &why));
    conf.mail.from = "PT <a@b.co>";
    conf.mail.url = "smtp://127.0.0.1:1";
    m.reply_to = m.to_name = "";
    m.message_id = "1@b.co";
    t_ok(smtp_new(&conf, &s, &why));
    t_is(smtp_send(s, t_arena, &m, &why), ERR_UNAVAIL);
    t_contains(why.text, "127.0.0.1");
    m.to_addr = "x\n@b.co";
    t_is(smtp_send(s, t_arena, &m, &why), ERR_INVALID);
    smtp_free(s);
}
END_TEST

Suite *mail_suite(void)
{
    Suite *s = suite_create("mail");
    TCase *tc = t_db_case(s, "both");
    t_add_both(tc, a_message_is_queued_whole);
    t_add_both(tc, what_cannot_be_sent_is_refused);
    t_add_both(tc, a_key_is_queued_once);
    t_add_both(tc, it_is_part_of_the_transaction);
    t_add_both(tc, the_states_are_counted);
    t_add_both(tc, only_what_is_dead_is_retried);
    t_add_both(tc, without_a_server_it_waits);
    t_add_both(tc, an_address_gets_so_many);
    t_add_both(tc, what_was_sent_is_not_sent_again);
    t_add_both(tc, old_messages_go);
    TCase *plain = t_case(s, "smtp");
    tcase_add_test(plain, settings_are_checked);
    tcase_add_test(plain, nobody_listens);
    return s;
}
