#include "model/client_part.h"

enum { CONTACT = 1, SITE, CONSENT }; /* as in the statement */
enum { ROWS_MAX = 3 * CLIENT_PARTS_MAX };

static const char sql_client_parts[] =
    "SELECT kind, id, version, at, ended_at, name, position, email, phone,"
    " is_primary, gets_reports, address, city, access_notes, purpose,"
    " text_version, channel, revoke_channel FROM ("
    "SELECT 1 AS kind, id, version, created_at AS at,"
    " coalesce(archived_at, 0) AS ended_at, name, position, email, phone,"
    " is_primary, gets_reports, '' AS address, '' AS city,"
    " '' AS access_notes, '' AS purpose, '' AS text_version, '' AS channel,"
    " '' AS revoke_channel FROM client_contact WHERE client_id = $1"
    " UNION ALL SELECT 2, id, version, created_at, coalesce(archived_at, 0),"
    " name, '', '', '', 0, 0, address, city, access_notes, '', '', '', ''"
    " FROM client_site WHERE client_id = $1"
    " UNION ALL SELECT 3, id, 0, granted_at, coalesce(revoked_at, 0),"
    " signed_by, '', '', '', 0, 0, '', '', '', purpose, text_version, channel,"
    " revoke_channel FROM consent WHERE client_id = $1) AS part"
    " ORDER BY kind, is_primary DESC, CASE kind WHEN 3 THEN -id ELSE id END"
    " LIMIT $2";

struct part {
    int64_t kind, id, version, at, ended_at;
    const char *name, *position, *email, *phone;
    bool is_primary, gets_reports;
    const char *address, *city, *access_notes;
    const char *purpose, *text_version, *channel, *revoke_channel;
};

static const struct column part_columns[] = {
    COL(COL_INT, struct part, kind),
    COL(COL_INT, struct part, id),
    COL(COL_INT, struct part, version),
    COL(COL_INT, struct part, at),
    COL(COL_INT, struct part, ended_at),
    COL(COL_TEXT, struct part, name),
    COL(COL_TEXT, struct part, position),
    COL(COL_TEXT, struct part, email),
    COL(COL_TEXT, struct part, phone),
    COL(COL_BOOL, struct part, is_primary),
    COL(COL_BOOL, struct part, gets_reports),
    COL(COL_TEXT, struct part, address),
    COL(COL_TEXT, struct part, city),
    COL(COL_TEXT, struct part, access_notes),
    COL(COL_TEXT, struct part, purpose),
    COL(COL_TEXT, struct part, text_version),
    COL(COL_TEXT, struct part, channel),
    COL(COL_TEXT, struct part, revoke_channel),
    {0},
};

static struct client_contact contact_of(const struct part *p, int64_t client_id)
{
    return (struct client_contact){.id = p->id,
                                   .client_id = client_id,
                                   .name = p->name,
                                   .position = p->position,
                                   .email = p->email,
                                   .phone = p->phone,
                                   .is_primary = p->is_primary,
                                   .gets_reports = p->gets_reports,
                                   .version = p->version,
                                   .archived_at = p->ended_at,
                                   .contact = ""};
}

static struct client_site site_of(const struct part *p, int64_t client_id)
{
    return (struct client_site){.id = p->id,
                                .client_id = client_id,
                                .name = p->name,
                                .address = p->address,
                                .city = p->city,
                                .access_notes = p->access_notes,
                                .version = p->version,
                                .archived_at = p->ended_at,
                                .site = ""};
}

static struct consent consent_of(const struct part *p, int64_t client_id)
{
    return (struct consent){.id = p->id,
                            .client_id = client_id,
                            .purpose = p->purpose,
                            .text_version = p->text_version,
                            .channel = p->channel,
                            .signed_by = p->name,
                            .ip = "",
                            .user_agent = "",
                            .granted_at = p->at,
                            .revoked_at = p->ended_at,
                            .revoke_channel = p->revoke_channel,
                            .consent = ""};
}

enum err client_parts_get(struct db *db, struct arena *a, int64_t client_id,
                          struct client_parts *ret)
{
    struct db_rows rows;
    TRY(db_all(db, a,
               QUERY(sql_client_parts, db_int(client_id), db_int(ROWS_MAX)),
               part_columns, sizeof(struct part), &rows));
    const struct part *p = rows.items;
    *ret = (struct client_parts){
        .contacts = ARENA_ARRAY(a, struct client_contact, rows.n),
        .sites = ARENA_ARRAY(a, struct client_site, rows.n),
        .consents = ARENA_ARRAY(a, struct consent, rows.n),
    };
    for (size_t i = 0; i < rows.n; i++)
        if (p[i].kind == CONTACT)
            ret->contacts[ret->n_contacts++] = contact_of(&p[i], client_id);
        else if (p[i].kind == SITE)
            ret->sites[ret->n_sites++] = site_of(&p[i], client_id);
        else if (p[i].kind == CONSENT)
            ret->consents[ret->n_consents++] = consent_of(&p[i], client_id);
    return ERR_OK;
}
