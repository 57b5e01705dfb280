/*
 * clients - what the files of this feature share.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_CLIENTS_H
#define PT_VIEWS_CLIENTS_H

#include "model/client.h"
#include "web/ctx.h"

extern const struct choice clients_kinds[], clients_services[],
    clients_doc_types[];

/* The label of a value, "" for one that is not in the table. */
const char *clients_label(const struct ctx *c, const struct choice *table,
                          const char *value);

/* Is this a page on which a client sees or changes itself? It says so by the
 * permission that it needs. */
bool clients_is_own(const struct ctx *c);

/* "/clientes/7/" and what follows; on a client's own pages "/cuenta/cliente/",
 * "/cuenta/cliente/7/" and what follows. */
const char *clients_href(struct ctx *c, int64_t id, const char *rest);

/* "CL-000007". */
const char *clients_code(struct arena *a, int64_t id);

const char *clients_phone(struct arena *a, const char *e164);

/* "05001 · Medellín, Antioquia", as far as it is known; "" for no code. */
const char *clients_place(struct arena *a, const char *dane_city);

/*
 * The client of the address. On a client's own pages there is only that of
 * the account, and only as long as it is active: else NOTFOUND.
 */
enum err clients_get(struct ctx *c, struct client *ret) MUST_USE;

/* What people see of it who may not see all: no notes. */
void clients_fill_facts(struct ctx *c, const struct client *cl);

/*
 * The same. One that was merged leads on to the client that
 * it turned out to be: *ret_moved is true, and the response a redirect.
 */
enum err clients_take(struct ctx *c, struct client *ret,
                      bool *ret_moved) MUST_USE;

/* --- form.c --- */

/* A field of the form and its text in struct client; not the document, nor
 * whether it accepts WhatsApp. */
struct clients_member {
    const char *field;
    enum msg label;
    size_t offset;
    const struct choice *choices; /* whose labels people see */
};

enum { CLIENTS_MEMBERS = 10 };

extern const struct clients_member clients_members[CLIENTS_MEMBERS];

const char **clients_member(struct client *cl, size_t i);

extern const struct field clients_form[];

/*
 * The client that a form checked by form_check() brings: clients_form, or one
 * with some of its fields; what it has no field for is as in stored (NULL: a
 * new client, which takes them all). False with the errors of the form, those
 * of the document among them.
 */
bool clients_of_form(struct form *f, struct arena *a,
                     const struct client *stored, struct client *ret);

/* --- twin.c --- */

/*
 * INVALID when a client that was typed looks like others and the person has
 * not said yet that it is another one (field `confirm`). Of a client that is
 * stored (else NULL) only what changes is compared.
 */
enum err clients_check_twins(struct ctx *c, const struct client *typed,
                             const struct client *stored) MUST_USE;

/* Names them above the form, which confirms them when it is sent again. */
enum err clients_fill_twins(struct ctx *c, const struct client *typed,
                            const struct client *stored) MUST_USE;

/* --- list.c --- */

/* What a query string may narrow the list by. */
extern const struct field clients_list_query[];

/* The filter that the query string asks for. */
void clients_filter(struct ctx *c, struct client_filter *ret);

/*
 * An address with the filters of this request, but for the one called name
 * (may be NULL), which becomes value; NULL leaves it out.
 */
const char *clients_list_href(struct ctx *c, const char *path, const char *name,
                              const char *value);

/* --- files.c --- */

/* The newest files of a client and, for who may, the form to add some. */
enum err clients_fill_files(struct ctx *c, const struct client *cl) MUST_USE;

/* --- document.c --- */

/*
 * Reads what was typed as the number of a document of this type into the
 * doc_… members of ret; MSG_none, or why it is refused. A wrong check digit
 * leaves the right one in ret.
 */
enum msg document_read(struct arena *a, const char *type, const char *typed,
                       struct client *ret);

/* The type with this short name, "NIT" or "C.C."; NULL for none. */
const char *document_type(const char *short_name, size_t n);

/* "900.123.456-8", "AB123456", "". */
const char *document_number(struct arena *a, const struct client *cl);

/* "NIT 900.123.456-8", "". */
const char *document_show(struct arena *a, const struct client *cl);

#endif
