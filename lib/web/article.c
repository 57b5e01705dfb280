#include "web/article.h"

#include "gen/tplnames.h"
#include "web/page.h"

/* Where the items of each kind go: a section around them, one for each. */
static const struct {
    unsigned around, item;
} markers[] = {
    [ARTICLE_TEXT] = {N_PARAGRAPHS, N_PARAGRAPH},
    [ARTICLE_LIST] = {N_BULLETS, N_BULLET},
    [ARTICLE_STEPS] = {N_STEPS, N_STEP},
    [ARTICLE_TERMS] = {N_TERMS, N_TERM},
};

static void add_section(struct ctx *c, const struct article_section *s)
{
    struct tpl_dict *d = tpl_add(c->page, N_SECTION);
    tpl_set(d, N_HEADING, ctx_msg(c, s->heading));
    struct tpl_dict *around = tpl_add(d, markers[s->kind].around);
    for (size_t i = 0; i < ARTICLE_ITEMS && s->items[i] != MSG_none; i++) {
        struct tpl_dict *item = tpl_add(around, markers[s->kind].item);
        if (s->kind == ARTICLE_TERMS)
            tpl_set(item, N_NAME, ctx_msg(c, s->items[i++]));
        tpl_set(item, N_TEXT, ctx_msg(c, s->items[i]));
    }
}

static void add_action(struct ctx *c, const struct article *a)
{
    struct tpl_dict *d = tpl_add(c->page, N_ACTION);
    tpl_set(d, N_ACTION_HREF, page_href(c, a->action_path));
    tpl_set(d, N_LABEL, ctx_msg(c, a->action));
}

static void add_links(struct ctx *c, const struct article *a)
{
    struct tpl_dict *d = NULL;
    for (size_t i = 0; i < ARTICLE_LINKS; i++) {
        if (a->links[i].label == MSG_none)
            return;
        if (d == NULL)
            d = tpl_add(c->page, N_LINKS);
        struct tpl_dict *link = tpl_add(d, N_LINK);
        tpl_set(link, N_HREF, page_href(c, a->links[i].path));
        tpl_set(link, N_LABEL, ctx_msg(c, a->links[i].label));
    }
}

void article_fill(struct ctx *c, const struct article *a)
{
    tpl_set(c->page, N_HEADLINE, ctx_msg(c, c->route->title));
    tpl_set(c->page, N_LEAD, ctx_msg(c, a->lead));
    if (a->icon != NULL)
        tpl_set(tpl_add(c->page, N_HAS_ICON), N_ICON, a->icon);
    for (size_t i = 0; i < ARTICLE_SECTIONS; i++)
        if (a->sections[i].heading != MSG_none)
            add_section(c, &a->sections[i]);
    if (a->action != MSG_none)
        add_action(c, a);
    add_links(c, a);
}
