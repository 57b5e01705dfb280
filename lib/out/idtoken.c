#include "out/idtoken.h"

#include <sodium.h>
#include <string.h>

#include "out/jsonread.h"
#include "out/jwk.h"

/* --- the three parts --- */

struct part {
    const char *text;
    size_t n;
};

/* Exactly three, with two dots; NULL for anything else. */
static bool split(const char *token, struct part part[3])
{
    const char *at = token;
    if (strlen(token) > MAX_ID_TOKEN_BYTES)
        return false;
    for (size_t i = 0; i < 3; i++) {
        part[i] = (struct part){at, strcspn(at, ".")};
        at += part[i].n;
        if (part[i].n == 0 || (i < 2 ? *at++ != '.' : *at != '\0'))
            return false;
    }
    return true;
}

static bool decode(struct arena *a, struct part p, unsigned char **ret,
                   size_t *ret_n)
{
    *ret = arena_alloc(a, p.n);
    return sodium_base642bin(*ret, p.n, p.text, p.n, NULL, ret_n, NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static enum err parse(struct arena *a, struct part p, struct json_object **ret)
{
    unsigned char *text;
    size_t n;
    if (!decode(a, p, &text, &n))
        return ERR_INVALID;
    return jsonread_parse(a, (const char *)text, n, ret);
}

/* --- who signed it --- */

static bool listed(const char *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/*
 * The header says how; whether that will do, our list says. What it demands
 * that we do not know (crit) makes it void: RFC 7515, 4.1.11.
 */
static enum err check_header(struct json_object *head,
                             const struct idtoken_rules *r,
                             const char **ret_alg, struct err_note *why)
{
    const char *alg = jsonread_text(head, "alg");
    if (alg == NULL || !jwk_algorithm(alg) || !listed(r->algorithms, alg))
        return err_set(why, ERR_FORBIDDEN, "its algorithm is not allowed");
    if (json_object_object_get_ex(head, "crit", NULL))
        return err_set(why, ERR_FORBIDDEN, "it demands what is not known");
    *ret_alg = alg;
    return ERR_OK;
}

static enum err check_signature(struct arena *a, const struct idtoken_rules *r,
                                const struct part part[3], struct err_note *why)
{
    struct json_object *head, *kid;
    const char *alg = NULL;
    unsigned char *signature;
    size_t n;
    EVP_PKEY *key;
    if (parse(a, part[0], &head) != ERR_OK ||
        !decode(a, part[2], &signature, &n))
        return err_set(why, ERR_FORBIDDEN, "it is no signed token");
    TRY(check_header(head, r, &alg, why));
    const char *id = jsonread_text(head, "kid");
    if (id == NULL && json_object_object_get_ex(head, "kid", &kid))
        return err_set(why, ERR_FORBIDDEN, "its kid is no text");
    enum err e = jwk_find(a, r->keys, r->n_keys, id, alg, &key);
    if (e == ERR_NOTFOUND)
        return err_set(why, e, "no key of the provider has its kid");
    if (e != ERR_OK)
        return err_set(why, ERR_FORBIDDEN, "the provider's key is no use");
    size_t n_signed = part[0].n + 1 + part[1].n;
    if (jwk_verify(key, alg, part[0].text, n_signed, signature, n) != ERR_OK)
        return err_set(why, ERR_FORBIDDEN, "its signature is wrong");
    return ERR_OK;
}

/* --- for whom, and when --- */

static bool is(struct json_object *claims, const char *name, const char *value)
{
    const char *text = jsonread_text(claims, name);
    return text != NULL && strcmp(text, value) == 0;
}

/* For us alone: another audience might pass it on to us. */
static bool for_us(struct json_object *claims, const char *client_id)
{
    struct json_object *aud, *azp;
    if (!json_object_object_get_ex(claims, "aud", &aud))
        return false;
    if (json_object_is_type(aud, json_type_array) &&
        json_object_array_length(aud) == 1)
        aud = json_object_array_get_idx(aud, 0);
    const char *text = jsonread_value(aud);
    return text != NULL && strcmp(text, client_id) == 0 &&
           (!json_object_object_get_ex(claims, "azp", &azp) ||
            is(claims, "azp", client_id));
}

static const char *wrong_time(struct json_object *claims, int64_t now)
{
    int64_t exp, iat, nbf;
    if (!jsonread_time(claims, "exp", &exp) ||
        !jsonread_time(claims, "iat", &iat))
        return "it does not say since when and until when";
    if (now >= exp + IDTOKEN_SKEW_S)
        return "it has expired";
    if (iat > now + IDTOKEN_SKEW_S)
        return "it is from the future";
    if (iat < now - IDTOKEN_AGE_S - IDTOKEN_SKEW_S)
        return "it is too old";
    if (!json_object_object_get_ex(claims, "nbf", NULL))
        return NULL;
    if (!jsonread_time(claims, "nbf", &nbf) || nbf > now + IDTOKEN_SKEW_S)
        return "it is not valid yet";
    return NULL;
}

static const char *wrong_claim(struct json_object *claims,
                               const struct idtoken_rules *r)
{
    if (!is(claims, "iss", r->issuer))
        return "its issuer is another";
    if (!for_us(claims, r->client_id))
        return "it is not for this site alone";
    const char *time = wrong_time(claims, r->now);
    if (time != NULL)
        return time;
    if (!is(claims, "nonce", r->nonce))
        return "its nonce is another";
    if (r->tenant[0] != '\0' && !is(claims, "tid", r->tenant))
        return "its tenant is another";
    return NULL;
}

/* --- what it says of the person --- */

static const char *text_or_none(struct arena *a, struct json_object *claims,
                                const char *name)
{
    const char *text = jsonread_text(claims, name);
    return text != NULL ? arena_strdup(a, text) : "";
}

/* Entra ID names in place of more than 200 groups where to ask for them. */
static bool elsewhere(struct json_object *claims, const char *name)
{
    struct json_object *names;
    return json_object_object_get_ex(claims, "_claim_names", &names) &&
           json_object_is_type(names, json_type_object) &&
           json_object_object_get_ex(names, name, NULL);
}

static void take_roles(struct arena *a, struct json_object *claims,
                       const char *name, struct idtoken *t)
{
    struct json_object *all;
    size_t n = 0;
    t->roles_elsewhere = elsewhere(claims, name);
    if (!json_object_object_get_ex(claims, name, &all))
        return;
    if (jsonread_value(all) != NULL)
        t->roles[n++] = arena_strdup(a, jsonread_value(all));
    if (!json_object_is_type(all, json_type_array))
        return;
    size_t count = json_object_array_length(all);
    t->roles_elsewhere |= count > MAX_OIDC_ROLES;
    for (size_t i = 0; i < count && n < MAX_OIDC_ROLES; i++) {
        const char *role = jsonread_value(json_object_array_get_idx(all, i));
        if (role != NULL)
            t->roles[n++] = arena_strdup(a, role);
    }
}

static enum err take_claims(struct arena *a, struct json_object *claims,
                            const struct idtoken_rules *r, struct idtoken *ret,
                            struct err_note *why)
{
    struct json_object *verified;
    struct idtoken t = {
        .subject =
            text_or_none(a, claims, r->tenant[0] != '\0' ? "oid" : "sub"),
        .email = text_or_none(a, claims, "email"),
        .username = text_or_none(a, claims, "preferred_username"),
        .name = text_or_none(a, claims, "name"),
        .email_verified =
            json_object_object_get_ex(claims, "email_verified", &verified) &&
            json_object_is_type(verified, json_type_boolean) &&
            json_object_get_boolean(verified)};
    size_t n = strlen(t.subject);
    if (n == 0 || n > MAX_SUBJECT_BYTES)
        return err_set(why, ERR_FORBIDDEN, "it does not say whom it is about");
    take_roles(a, claims, r->roles_claim, &t);
    *ret = t;
    return ERR_OK;
}

enum err idtoken_claims(struct arena *a, const struct idtoken_rules *rules,
                        const char *p, size_t n, struct idtoken *ret,
                        struct err_note *why)
{
    struct json_object *claims;
    if (jsonread_parse(a, p, n, &claims) != ERR_OK)
        return err_set(why, ERR_FORBIDDEN, "its claims are no JSON");
    const char *wrong = wrong_claim(claims, rules);
    if (wrong != NULL)
        return err_set(why, ERR_FORBIDDEN, "%s", wrong);
    return take_claims(a, claims, rules, ret, why);
}

enum err idtoken_verify(struct arena *a, const struct idtoken_rules *rules,
                        const char *token, struct idtoken *ret,
                        struct err_note *why)
{
    struct part part[3];
    unsigned char *claims;
    size_t n;
    if (!split(token, part))
        return err_set(why, ERR_FORBIDDEN, "it is no signed token");
    TRY(check_signature(a, rules, part, why));
    if (!decode(a, part[1], &claims, &n))
        return err_set(why, ERR_FORBIDDEN, "its claims are no JSON");
    return idtoken_claims(a, rules, (const char *)claims, n, ret, why);
}
