/*
 * parts - what the pages of contacts, sites and consents of a client share.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_CLIENT_PARTS_H
#define PT_VIEWS_CLIENT_PARTS_H

#include "clients.h"
#include "model/client_part.h"

extern const struct choice consents_purposes[], consents_channels[];

/* Contacts, sites and consents, in {{>PARTS}}; may_edit: with the buttons that
 * work for this role. ret_served (may be NULL): a consent to use the data for
 * the service is in force. */
enum err parts_fill(struct ctx *c, const struct client *cl, bool may_edit,
                    bool *ret_served) MUST_USE;

/* Where a field of a form stands in the struct that is stored. */
struct part_member {
    const char *field; /* NULL ends a table */
    enum msg label;
    size_t offset;
    bool flag; /* a bool; else a text */
};

/* The version that the buttons of a part send. */
extern const struct field parts_version_form[];

/* NOTFOUND: no such client as in the address (clients_get()), or an archived
 * one. */
enum err parts_client(struct ctx *c) MUST_USE;

/* The same, and the frame of a form for a part of it. */
enum err parts_form(struct ctx *c, enum msg title, enum msg submit) MUST_USE;

void parts_from_form(const struct ctx *c, const struct part_member *members,
                     void *part);
/*
 * The form of a part that is stored in this version: what is stored; once it
 * was sent, what was typed. If somebody else saved first, mine is shown beside
 * theirs, with the stored version for saving again.
 */
void parts_show(struct ctx *c, const struct part_member *members,
                const void *stored, const void *mine, int64_t version);

/* After a write: back to the client's page with this message. */
void parts_done(struct ctx *c, enum msg flash);

/* The same, with the button that undoes it: a path below the client's. */
void parts_archived(struct ctx *c, enum msg flash, const char *restore,
                    int64_t version);

/* A client that has too many of them is what the person can see. */
enum err parts_refuse_more(struct ctx *c, enum err e);

#endif
