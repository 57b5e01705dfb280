#include "second.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/rand.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "out/letter.h"
#include "web/page.h"
#include "web/qr.h"
#include "web/seal.h"
#include "web/throttle.h"
#include "web/token.h"
#include "web/totp.h"

/* Without I, O, 0 and 1, which look alike; 32 of them, 5 bits each. */
static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

enum { RECOVERY_CHARS = 12, GROUP_CHARS = 4 };

static const char *about(struct ctx *c, const struct user *u)
{
    return arena_fmt(c->arena, "user:%" PRId64, u->id);
}

enum lang second_lang(const struct user *u)
{
    return strcmp(u->lang, "en") == 0 ? LANG_EN : LANG_ES;
}

enum err second_tell(struct ctx *c, const struct user *u, enum msg subject,
                     const char *text)
{
    const struct config *conf = &c->app->conf;
    enum lang lang = second_lang(u);
    struct mail m = {.to_addr = u->email,
                     .to_name = u->name,
                     .entity = "user",
                     .entity_id = u->id};
    if (!mail_is_on(conf))
        return ERR_OK;
    struct letter *l = letter_new(c->arena, lang, msg_text(lang, subject));
    letter_text(l, arena_fmt(c->arena, "%s:", u->name));
    letter_text(l, text);
    letter_small(l, msg_text(lang, MSG_second_mail_small));
    TRY(letter_finish(l, &m, &c->note));
    return ctx_db(c, mail_queue(c->app->db, c->arena, conf, &m));
}

/* --- recovery codes --- */

static const char *recovery_hash(struct ctx *c, const struct user *u,
                                 const char *code)
{
    return token_mac(c->arena, c->app->secret, "recovery",
                     arena_fmt(c->arena, "%" PRId64 ":%s", u->id, code));
}

/* Without blanks and dashes, in capitals; NULL when it is none. */
static const char *recovery_of(struct ctx *c, const char *typed)
{
    char code[RECOVERY_CHARS];
    size_t n = 0;
    for (; *typed != '\0'; typed++) {
        char ch = *typed;
        if (ch == ' ' || ch == '-')
            continue;
        if (ch >= 'a' && ch <= 'z')
            ch = (char)(ch - 'a' + 'A');
        if (strchr(alphabet, ch) == NULL || n == RECOVERY_CHARS)
            return NULL;
        code[n++] = ch;
    }
    return n == RECOVERY_CHARS ? arena_dup(c->arena, code, n) : NULL;
}

/* "ABCD-EFGH-JKLM", to be read and typed. */
static const char *in_groups(struct ctx *c, const char *code)
{
    return arena_fmt(c->arena, "%.*s-%.*s-%s", GROUP_CHARS, code, GROUP_CHARS,
                     code + GROUP_CHARS, code + (size_t)2 * GROUP_CHARS);
}

enum err second_new_codes(struct ctx *c, const struct user *u,
                          const char **ret_codes)
{
    const char *hashes[USER_RECOVERY_CODES];
    for (size_t i = 0; i < USER_RECOVERY_CODES; i++) {
        unsigned char bytes[RECOVERY_CHARS];
        char code[RECOVERY_CHARS + 1] = "";
        rand_bytes(bytes, sizeof(bytes));
        for (size_t k = 0; k < RECOVERY_CHARS; k++)
            code[k] = alphabet[bytes[k] % (sizeof(alphabet) - 1)];
        hashes[i] = recovery_hash(c, u, code);
        ret_codes[i] = in_groups(c, code);
    }
    return ctx_db(c,
                  user_recovery_set(c->app->db, u->id, hashes, ctx_actor(c)));
}

static enum err use_recovery(struct ctx *c, const struct user *u,
                             const char *code)
{
    struct db *db = c->app->db;
    enum lang lang = second_lang(u);
    int64_t left;
    TRY(ctx_db(c, user_recovery_use(db, u->id, recovery_hash(c, u, code),
                                    ctx_actor(c))));
    TRY(ctx_db(c, user_recovery_left(db, c->arena, u->id, &left)));
    return second_tell(c, u, MSG_second_mail_recovery,
                       arena_fmt(c->arena, "%s %" PRId64 ".",
                                 msg_text(lang, MSG_second_mail_recovery_text),
                                 left));
}

/* --- codes of the app --- */

static enum err use_code(struct ctx *c, const struct user *u, const char *code)
{
    struct db *db = c->app->db;
    struct user_totp t;
    unsigned char secret[TOTP_SECRET_BYTES];
    int64_t step;
    TRY(ctx_db(c, user_totp_try(db, c->arena, u->id, &t)));
    if (!seal_open(c->app->secret, "totp", about(c, u), t.secret, secret,
                   sizeof(secret))) {
        /* secret_key is another one now: recovery codes are void too */
        log_error(c->app->log, "totp.unreadable", "user=%" PRId64, u->id);
        return ERR_NOTFOUND;
    }
    if (!totp_match(secret, code, clock_now(), t.last_step, &step))
        return ERR_NOTFOUND;
    return ctx_db(c, user_totp_accept(db, u->id, step));
}

enum err second_check(struct ctx *c, const struct user *u, const char *code)
{
    const char *recovery = recovery_of(c, code);
    return recovery != NULL ? use_recovery(c, u, recovery)
                            : use_code(c, u, code);
}

enum err second_refused(struct ctx *c, const struct user *u)
{
    TRY(throttle_failure(c, u->email));
    return ctx_db(c, user_totp_refused(c->app->db, u->id, ctx_actor(c)));
}

/* --- setting it up --- */

/* The secret that the form has, or a new one. */
static void setup_secret(struct ctx *c, const struct user *u,
                         unsigned char ret[TOTP_SECRET_BYTES])
{
    const char *sealed = form_text(&c->form, "secret");
    if (seal_open(c->app->secret, "totp-setup", about(c, u), sealed, ret,
                  TOTP_SECRET_BYTES))
        return;
    rand_bytes(ret, TOTP_SECRET_BYTES);
    form_set(&c->form, "secret",
             seal_close(c->arena, c->app->secret, "totp-setup", about(c, u),
                        ret, TOTP_SECRET_BYTES));
}

/* In groups of four: it is typed by hand. */
static const char *readable(struct ctx *c, const char *base32)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 128);
    for (size_t i = 0; base32[i] != '\0'; i++) {
        if (i > 0 && i % GROUP_CHARS == 0)
            buf_addc(&b, ' ');
        buf_addc(&b, base32[i]);
    }
    return arena_strdup(c->arena, buf_str(&b));
}

enum err second_fill_setup(struct ctx *c, struct tpl_dict *d,
                           const struct user *u)
{
    unsigned char secret[TOTP_SECRET_BYTES];
    struct qr qr;
    setup_secret(c, u, secret);
    TRY(qr_encode(c->arena, totp_uri(c->arena, u->email, secret), &qr));
    tpl_set(d, N_QR_PATH, qr.path);
    tpl_set_int(d, N_QR_SIZE, qr.size);
    tpl_set(d, N_SECRET_TEXT, readable(c, totp_base32(c->arena, secret)));
    return ERR_OK;
}

enum err second_take_setup(struct ctx *c, const struct user *u,
                           struct second_secret *ret)
{
    unsigned char secret[TOTP_SECRET_BYTES];
    if (!seal_open(c->app->secret, "totp-setup", about(c, u),
                   form_text(&c->form, "secret"), secret, sizeof(secret)) ||
        !totp_match(secret, form_text(&c->form, "code"), clock_now(), 0,
                    &ret->step)) {
        form_refuse(&c->form, "code", MSG_second_wrong);
        return ERR_INVALID;
    }
    ret->sealed = seal_close(c->arena, c->app->secret, "totp", about(c, u),
                             secret, sizeof(secret));
    return ERR_OK;
}

enum err second_switch_on(struct ctx *c, const struct user *u,
                          const struct second_secret *s, const char **ret_codes)
{
    enum lang lang = second_lang(u);
    TRY(ctx_db(
        c, user_totp_on(c->app->db, u->id, s->sealed, s->step, ctx_actor(c))));
    TRY(second_new_codes(c, u, ret_codes));
    return second_tell(c, u, MSG_second_mail_on,
                       msg_text(lang, MSG_second_mail_on_text));
}

/* --- showing codes --- */

struct code_row {
    const char *code;
};

static const struct column code_columns[] = {
    COL(COL_TEXT, struct code_row, code),
    {0},
};

enum err second_show_codes(struct ctx *c, const struct user *u,
                           const char *const *codes, const char *next)
{
    struct code_row *rows =
        ARENA_ARRAY(c->arena, struct code_row, USER_RECOVERY_CODES);
    for (size_t i = 0; i < USER_RECOVERY_CODES; i++)
        rows[i].code = codes[i];
    page_begin(c, &tpl_accounts_codes);
    tpl_bind(c->page, N_RECOVERY, code_columns, rows, USER_RECOVERY_CODES,
             sizeof(rows[0]));
    tpl_set(c->page, N_NEXT_HREF, next);
    tpl_set(c->page, N_USER_EMAIL, u->email);
    return page_finish(c);
}
