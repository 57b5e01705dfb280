/*
 * client_impl - what the two files of the client model share; for no one else.
 *
 * Layer      model.
 */
#ifndef PT_MODEL_CLIENT_IMPL_H
#define PT_MODEL_CLIENT_IMPL_H

#define CLIENT_FIELDS                                                          \
    "id, kind, service_kind, doc_type, doc_number, doc_dv, name, company,"     \
    " email, phone, address, city, notes, dane_city, whatsapp_ok,"             \
    " created_at, updated_at, version,"                                        \
    " coalesce(archived_at, 0) AS archived_at,"                                \
    " coalesce(merged_into, 0) AS merged_into"

/* In the order of CLIENT_FIELDS. */
#define CLIENT_COLUMNS                                                         \
    COL(COL_INT, struct client, id), COL(COL_TEXT, struct client, kind),       \
        COL(COL_TEXT, struct client, service_kind),                            \
        COL(COL_TEXT, struct client, doc_type),                                \
        COL(COL_TEXT, struct client, doc_number),                              \
        COL(COL_TEXT, struct client, doc_dv),                                  \
        COL(COL_TEXT, struct client, name),                                    \
        COL(COL_TEXT, struct client, company),                                 \
        COL(COL_TEXT, struct client, email),                                   \
        COL(COL_TEXT, struct client, phone),                                   \
        COL(COL_TEXT, struct client, address),                                 \
        COL(COL_TEXT, struct client, city),                                    \
        COL(COL_TEXT, struct client, notes),                                   \
        COL(COL_TEXT, struct client, dane_city),                               \
        COL(COL_BOOL, struct client, whatsapp_ok),                             \
        COL(COL_INT, struct client, created_at),                               \
        COL(COL_INT, struct client, updated_at),                               \
        COL(COL_INT, struct client, version),                                  \
        COL(COL_INT, struct client, archived_at),                              \
        COL(COL_INT, struct client, merged_into)

/*
 * What a list shows of a client. The index client_active holds these columns:
 * with another one it has to be made anew, and test_plans.c says so.
 */
#define CLIENT_SHOWN                                                           \
    "id, kind, doc_type, doc_number, doc_dv, name, company, email, phone, "    \
    "city"

/* In the order of CLIENT_SHOWN. */
#define CLIENT_SHOWN_COLUMNS                                                   \
    COL(COL_INT, struct client, id), COL(COL_TEXT, struct client, kind),       \
        COL(COL_TEXT, struct client, doc_type),                                \
        COL(COL_TEXT, struct client, doc_number),                              \
        COL(COL_TEXT, struct client, doc_dv),                                  \
        COL(COL_TEXT, struct client, name),                                    \
        COL(COL_TEXT, struct client, company),                                 \
        COL(COL_TEXT, struct client, email),                                   \
        COL(COL_TEXT, struct client, phone),                                   \
        COL(COL_TEXT, struct client, city)

#endif
