/*
 * client - the people and companies we serve.
 *
 * Nothing is deleted: a client is archived and can be brought back. Every
 * change checks the version the person saw, so nobody overwrites what they
 * have not read. Each leaves a row in the audit (store/audit.h). A client that
 * was merged (client_merge.h) takes no more changes: CONFLICT.
 *
 * Ownership  Texts live in the arena of the call.
 * Errors     NOTFOUND, CONFLICT (another version is stored), DUPLICATE
 *            (another client has this document), UNAVAIL, BUG.
 * Units      Times are seconds since 1970, UTC; phones are E.164.
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_H
#define PT_MODEL_CLIENT_H

#include "store/audit.h"

struct client {
    int64_t id;
    const char *kind;         /* "natural" or "legal" */
    const char *service_kind; /* "contract" or "single" */
    const char *doc_type;     /* code of the DIAN, "" for none */
    const char *doc_number, *doc_dv;
    const char *name, *company, *email, *phone, *address, *city, *notes;
    const char *dane_city; /* text/dane.h, "" for none */
    bool whatsapp_ok;      /* it said so, of its mobile telephone */
    int64_t created_at, updated_at, version;
    int64_t archived_at; /* 0: active */
    int64_t merged_into; /* the client it turned out to be, or 0 */
};

extern const struct column client_columns[];

/* Rows of a page at most: one more than an export reads at once. */
enum { CLIENT_LIST_MAX = 501 };

enum client_sort { CLIENT_BY_NAME, CLIENT_NEWEST, CLIENT_BY_CITY };

/* A page of the list; see client_list(). NULL is as good as "". */
struct client_filter {
    const char *search;       /* any text; "" for all */
    const char *kind;         /* one of them; "" for all */
    const char *service_kind; /* the same */
    const char *city;         /* accents and case do not matter; "" for all */
    bool archived;            /* the archived ones instead of the active */
    enum client_sort sort;
    bool whole;            /* see client_list() */
    int64_t after, before; /* page after or before this client; 0 for none */
    int64_t limit;         /* rows, CLIENT_LIST_MAX at most */
};

/*
 * The rows of a page. Of each client there is what a list shows (id, kind,
 * document, name, company, e-mail, phone, city); all else may be missing, NULL
 * or 0, unless the filter asks for whole ones.
 *
 * Keyset paging: whatever the page, it costs the same.
 * With `before`, the rows that end just before that client, still in order.
 * ret_partial (may be NULL): the search matches so many that these may not be
 * the first of them, see search.h.
 */
enum err client_list(struct db *db, struct arena *a,
                     const struct client_filter *filter,
                     struct db_rows *ret_rows, bool *ret_partial) MUST_USE;

enum err client_get(struct db *db, struct arena *a, int64_t id,
                    struct client *ret) MUST_USE;

/* The one client with this document, archived or not, that is not merged. */
enum err client_by_document(struct db *db, struct arena *a, const char *type,
                            const char *number, struct client *ret) MUST_USE;

/* Stores c as new. */
enum err client_create(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by, int64_t *ret_id) MUST_USE;

/* Stores the fields of c over version c->version. */
enum err client_update(struct db *db, struct arena *a, const struct client *c,
                       struct actor *by) MUST_USE;

/*
 * What a client may say of itself: company, email, phone, address, city (and
 * its code) and whatsapp_ok of c over version c->version. All else stays as it
 * is stored, whatever c says.
 * NOTFOUND: it is archived, or was merged.
 */
enum err client_update_own(struct db *db, struct arena *a,
                           const struct client *c, struct actor *by) MUST_USE;

/* Archives (or brings back) version `version` of the client. */
enum err client_archive(struct db *db, struct arena *a, int64_t id,
                        int64_t version, bool archived,
                        struct actor *by) MUST_USE;

#endif
