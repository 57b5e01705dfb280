/*
 * seed_parts - demo contacts, sites and consents of the demo clients.
 */
#include "ctl/seed.h"
#include "model/client_part.h"

enum { CLIENTS_WITH_PARTS = 40 }; /* the first of them */

static const char *const positions[] = {"Gerencia", "Sistemas", "Recepción",
                                        "Compras"};

static const struct {
    const char *name, *position;
} assistants[] = {
    {"Berta Arango Zuluaga", "Recepción"},
    {"Julián Mesa Toro", "Mantenimiento"},
    {"Rocío Giraldo Parra", "Sistemas"},
};

static enum err add_contacts(struct db *db, struct arena *a, size_t i,
                             const struct client *c, struct actor *by)
{
    int64_t id;
    const struct client_contact owner = {
        .client_id = c->id,
        .name = c->name,
        .position = positions[i % ARRAY_LEN(positions)],
        .email = c->email,
        .phone = c->phone,
        .is_primary = true,
        .gets_reports = true};
    const struct client_contact other = {
        .client_id = c->id,
        .name = assistants[i % ARRAY_LEN(assistants)].name,
        .position = assistants[i % ARRAY_LEN(assistants)].position,
        .email = "",
        .phone = arena_fmt(a, "+57310555%04zu", i)};
    TRY(client_contact_create(db, a, &owner, by, &id));
    return i % 2 == 0 ? client_contact_create(db, a, &other, by, &id) : ERR_OK;
}

static enum err add_sites(struct db *db, struct arena *a, size_t i,
                          const struct client *c, struct actor *by)
{
    int64_t id;
    const struct client_site site = {
        .client_id = c->id,
        .name = "Sede principal",
        .address = c->address,
        .city = c->city,
        .access_notes = i % 4 == 0 ? "Anunciarse en portería con cédula.\n"
                                     "Parqueadero de visitantes: sótano 1."
                                   : ""};
    const struct client_site store = {
        .client_id = c->id,
        .name = "Bodega",
        .address = arena_fmt(a, "Calle %zu Sur # %zu-%02zu", 20 + i % 50,
                             40 + i % 30, i * 7 % 100),
        .city = "Itagüí",
        .access_notes = "Abierta de 8 a. m. a 4 p. m."};
    TRY(client_site_create(db, a, &site, by, &id));
    return i % 5 == 0 ? client_site_create(db, a, &store, by, &id) : ERR_OK;
}

static enum err add_consent(struct db *db, struct arena *a,
                            const struct client *c, const char *purpose,
                            struct actor *by, int64_t *ret_id)
{
    const struct consent consent = {.client_id = c->id,
                                    .purpose = purpose,
                                    .text_version = "2026-11-24",
                                    .channel = "paper",
                                    .signed_by = c->name,
                                    .ip = by->ip,
                                    .user_agent = ""};
    return consent_grant(db, a, &consent, by, ret_id);
}

enum err seed_parts(struct db *db, struct arena *a, size_t i,
                    const struct client *c, struct actor *by)
{
    int64_t id;
    if (i >= CLIENTS_WITH_PARTS)
        return ERR_OK;
    TRY(add_contacts(db, a, i, c, by));
    TRY(add_sites(db, a, i, c, by));
    TRY(add_consent(db, a, c, "service", by, &id));
    if (i % 4 != 0)
        return ERR_OK;
    TRY(add_consent(db, a, c, "commercial", by, &id));
    return i % 8 == 0 ? consent_revoke(db, a, c->id, id, "phone", by) : ERR_OK;
}
