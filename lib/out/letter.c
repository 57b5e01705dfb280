#include "out/letter.h"

#include <string.h>

#include "base/limits.h"
#include "gen/tpl.h"
#include "gen/tplnames.h"

struct letter {
    struct arena *arena;
    enum lang lang;
    const char *subject;
    struct tpl_dict *dict; /* of both parts */
};

struct letter *letter_new(struct arena *a, enum lang lang, const char *subject)
{
    struct letter *l = ARENA_NEW(a, struct letter);
    *l = (struct letter){.arena = a,
                         .lang = lang,
                         .subject = subject,
                         .dict = tpl_dict_new(a, lang)};
    tpl_set(l->dict, N_LANG, lang_code(lang));
    tpl_set(l->dict, N_TITLE, subject);
    return l;
}

void letter_text(struct letter *l, const char *text)
{
    tpl_set(tpl_add(l->dict, N_PARAGRAPH), N_TEXT, text);
}

void letter_small(struct letter *l, const char *text)
{
    tpl_set(tpl_add(l->dict, N_SMALL), N_TEXT, text);
}

void letter_fact(struct letter *l, const char *label, const char *value)
{
    struct tpl_dict *d = tpl_add(l->dict, N_FACT);
    tpl_set(d, N_LABEL, label);
    tpl_set(d, N_VALUE, value);
}

void letter_quote(struct letter *l, const char *text)
{
    struct tpl_dict *d = tpl_add(l->dict, N_QUOTE);
    for (const char *end; *text != '\0'; text = end + (*end != '\0')) {
        end = text + strcspn(text, "\n");
        size_t n = (size_t)(end - text);
        if (n > 0 && text[n - 1] == '\r')
            n--;
        tpl_set_n(tpl_add(d, N_LINE), N_TEXT, text, n);
    }
}

void letter_link(struct letter *l, const char *label, const char *href)
{
    struct tpl_dict *d = tpl_add(l->dict, N_LINK);
    tpl_set(d, N_LABEL, label);
    tpl_set(d, N_LINK_HREF, href);
}

static enum err render(const struct letter *l, const struct tpl *t,
                       const char **ret, struct err_note *why)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MAX_MAIL_BYTES);
    TRY(tpl_render(t, l->dict, &b, why));
    *ret = arena_strdup(l->arena, buf_str(&b));
    return ERR_OK;
}

enum err letter_finish(struct letter *l, struct mail *ret_mail,
                       struct err_note *why)
{
    TRY(render(l, &tpl__layout_mail_txt, &ret_mail->body_text, why));
    TRY(render(l, &tpl__layout_mail, &ret_mail->body_html, why));
    ret_mail->subject = l->subject;
    ret_mail->lang = lang_code(l->lang);
    return ERR_OK;
}
