/*
 * twin - the warning that a client may exist already.
 */
#include <inttypes.h>
#include <string.h>

#include "clients.h"
#include "gen/tplnames.h"
#include "model/client_twin.h"
#include "model/search.h"

/* What changes: what stays as it was has been confirmed before. */
static const char *news(const char *typed, const char *stored)
{
    return stored != NULL && strcmp(typed, stored) == 0 ? "" : typed;
}

static enum err find(struct ctx *c, const struct client *typed,
                     const struct client *stored, struct db_rows *ret)
{
    struct client like = {.id = stored != NULL ? stored->id : 0};
    like.name = news(typed->name, stored != NULL ? stored->name : NULL);
    like.phone = news(typed->phone, stored != NULL ? stored->phone : NULL);
    like.email = news(typed->email, stored != NULL ? stored->email : NULL);
    if (like.name[0] == '\0' && like.phone[0] == '\0' &&
        like.email[0] == '\0') {
        *ret = (struct db_rows){.n = 0};
        return ERR_OK;
    }
    return ctx_db(c, client_twins(c->app->db, c->arena, &like, ret));
}

/* "12 15": who was seen when the person said that it is none of them. */
static const char *ids_of(struct arena *a, const struct db_rows *twins)
{
    const struct client *cl = twins->items;
    const char *ids = "";
    for (size_t i = 0; i < twins->n; i++)
        ids = arena_fmt(a, "%s%s%" PRId64, ids, i > 0 ? " " : "", cl[i].id);
    return ids;
}

enum err clients_check_twins(struct ctx *c, const struct client *typed,
                             const struct client *stored)
{
    struct db_rows twins;
    TRY(find(c, typed, stored, &twins));
    bool known =
        strcmp(form_text(&c->form, "confirm"), ids_of(c->arena, &twins)) == 0;
    return twins.n == 0 || known ? ERR_OK : ERR_INVALID;
}

/* "(el mismo nombre, el mismo correo)" */
static const char *alike(struct ctx *c, const struct client *x,
                         const struct client *y)
{
    bool name = strcmp(search_fold(c->arena, x->name),
                       search_fold(c->arena, y->name)) == 0;
    bool phone = x->phone[0] != '\0' && strcmp(x->phone, y->phone) == 0;
    bool email = x->email[0] != '\0' && strcmp(x->email, y->email) == 0;
    return arena_fmt(c->arena, "(%s%s%s%s%s)",
                     name ? ctx_msg(c, MSG_client_same_name) : "",
                     name && (phone || email) ? ", " : "",
                     phone ? ctx_msg(c, MSG_client_same_phone) : "",
                     phone && email ? ", " : "",
                     email ? ctx_msg(c, MSG_client_same_email) : "");
}

static void fill_twin(struct ctx *c, struct tpl_dict *list,
                      const struct client *typed, const struct client *twin)
{
    bool may_see = access_allows(ctx_role(c), PERM_client_view);
    struct tpl_dict *d = tpl_add(tpl_add(list, N_TWIN_ITEM),
                                 may_see ? N_TWIN_LINK : N_TWIN_HIDDEN);
    tpl_set(d, N_ALIKE, alike(c, typed, twin));
    if (!may_see)
        return;
    tpl_set(d, N_TWIN_HREF, clients_href(c, twin->id, ""));
    tpl_set(d, N_CODE, clients_code(c->arena, twin->id));
    tpl_set(d, N_NAME, twin->name);
}

enum err clients_fill_twins(struct ctx *c, const struct client *typed,
                            const struct client *stored)
{
    struct db_rows twins;
    TRY(find(c, typed, stored, &twins));
    if (twins.n == 0)
        return ERR_OK;
    const struct client *cl = twins.items;
    struct tpl_dict *d = tpl_add(c->page, N_LOOK_ALIKE);
    for (size_t i = 0; i < twins.n; i++)
        fill_twin(c, d, typed, &cl[i]);
    tpl_set(c->page, N_SUBMIT_LABEL, ctx_msg(c, MSG_client_save_anyway));
    form_set(&c->form, "confirm", ids_of(c->arena, &twins));
    return ERR_OK;
}
