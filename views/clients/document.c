/*
 * document - the papers by which a client is known.
 *
 * The short names are those that people in Colombia write; they are the same
 * in every language.
 */
#include <ctype.h>
#include <string.h>

#include "clients.h"
#include "text/nit.h"

enum { CARD_MIN = 3, CARD_MAX = 10, PAPER_MAX = 15 }; /* characters */

const struct choice clients_doc_types[] = {
    {"", MSG_client_doc_none},
    {"31", MSG_client_doc_nit},
    {"13", MSG_client_doc_cc},
    {"22", MSG_client_doc_ce},
    {"41", MSG_client_doc_passport},
    {"12", MSG_client_doc_ti},
    {"47", MSG_client_doc_pep},
    {"48", MSG_client_doc_ppt},
    {0},
};

static const struct {
    const char *type, *name;
} short_names[] = {{"31", "NIT"}, {"13", "CC"},  {"22", "CE"}, {"41", "PA"},
                   {"12", "TI"},  {"47", "PEP"}, {"48", "PPT"}};

static enum msg read_nit(struct arena *a, const char *typed, struct client *ret)
{
    struct nit nit;
    enum nit_result result = nit_parse(typed, &nit);
    if (result == NIT_BAD)
        return MSG_client_bad_nit;
    ret->doc_number = arena_strdup(a, nit.number);
    ret->doc_dv = arena_strdup(a, nit.dv);
    return result == NIT_OK ? MSG_none : MSG_client_wrong_dv;
}

static bool is_card(const char *type)
{
    return strcmp(type, "13") == 0 || strcmp(type, "12") == 0;
}

/* Identity cards are numbers of at most ten digits. */
static enum msg read_card(struct arena *a, const char *typed,
                          struct client *ret)
{
    struct nit card;
    if (strchr(typed, '-') != NULL || nit_parse(typed, &card) != NIT_OK ||
        strlen(card.number) < CARD_MIN || strlen(card.number) > CARD_MAX)
        return MSG_client_bad_card;
    ret->doc_number = arena_strdup(a, card.number);
    return MSG_none;
}

static char upper(char c)
{
    return (char)toupper((unsigned char)c);
}

/* The others have letters too: "AB 123-456" is AB123456. */
static enum msg read_paper(struct arena *a, const char *typed,
                           struct client *ret)
{
    char *number = arena_alloc(a, strlen(typed) + 1);
    size_t n = 0;
    for (const char *c = typed; *c != '\0'; c++) {
        if (strchr(" .,-", *c) != NULL)
            continue;
        if (!isalnum((unsigned char)*c))
            return MSG_client_bad_paper;
        number[n++] = upper(*c);
    }
    number[n] = '\0';
    if (n < CARD_MIN || n > PAPER_MAX)
        return MSG_client_bad_paper;
    ret->doc_number = number;
    return MSG_none;
}

enum msg document_read(struct arena *a, const char *type, const char *typed,
                       struct client *ret)
{
    ret->doc_type = type;
    ret->doc_number = ret->doc_dv = "";
    if (typed[0] == '\0')
        return type[0] == '\0' ? MSG_none : MSG_form_required;
    if (strcmp(type, "31") == 0)
        return read_nit(a, typed, ret);
    if (is_card(type))
        return read_card(a, typed, ret);
    return read_paper(a, typed, ret);
}

const char *document_type(const char *short_name, size_t n)
{
    char plain[8] = "";
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        if (strchr(".:", short_name[i]) != NULL)
            continue;
        if (len == sizeof(plain) - 1)
            return NULL;
        plain[len++] = upper(short_name[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(short_names); i++)
        if (strcmp(short_names[i].name, plain) == 0)
            return short_names[i].type;
    return NULL;
}

const char *document_number(struct arena *a, const struct client *cl)
{
    char text[NIT_MAX];
    const char *number = cl->doc_number;
    bool dotted = strcmp(cl->doc_type, "31") == 0 || is_card(cl->doc_type);
    if (!dotted)
        return number;
    nit_show(number, cl->doc_dv, text);
    return arena_strdup(a, text);
}

const char *document_show(struct arena *a, const struct client *cl)
{
    for (size_t i = 0; i < ARRAY_LEN(short_names); i++)
        if (strcmp(short_names[i].type, cl->doc_type) == 0)
            return arena_fmt(a, "%s %s", short_names[i].name,
                             document_number(a, cl));
    return "";
}
