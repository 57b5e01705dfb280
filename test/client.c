#include "test/client.h"

int64_t t_client(struct db *db, const char *name)
{
    const struct client c = {.kind = "legal",
                             .service_kind = "single",
                             .doc_type = "",
                             .doc_number = "",
                             .doc_dv = "",
                             .name = name,
                             .company = "",
                             .email = "",
                             .phone = "",
                             .address = "",
                             .city = "",
                             .dane_city = "",
                             .notes = ""};
    int64_t id = 0;
    t_ok(client_create(db, t_arena, &c, t_actor(0), &id));
    return id;
}
