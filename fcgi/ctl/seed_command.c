/*
 * seed_command - demo data: an account per role and 300 clients, or more.
 *
 * Everything is computed, so every installation shows the same; nobody in it
 * exists. Addresses are of example.com, which RFC 2606 keeps free.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/data.h"
#include "ctl/seed.h"
#include "model/client.h"
#include "model/user.h"
#include "text/dane.h"
#include "text/nit.h"
#include "text/phone.h"
#include "text/utf8.h"
#include "web/password.h"

enum { DEMO_CLIENTS = 300, MAX_CLIENTS = 9000000 };

static const char demo_password[] = "Demostracion-2026";

#define DEMO_CLIENT "cliente@demo.example"

static const struct {
    const char *role, *email, *name;
} demo_users[] = {
    {"admin", "admin@demo.example", "Ana Demostración"},
    {"technician", "tecnico@demo.example", "Tomás Demostración"},
    {"client", DEMO_CLIENT, "Clara Demostración"},
};

static const char *const first_names[] = {
    "Adriana", "Andrés",    "Beatriz", "Camilo",    "Carolina", "Daniel",
    "Diana",   "Esteban",   "Felipe",  "Gloria",    "Hernán",   "Inés",
    "Jorge",   "José",      "Juliana", "Laura",     "Luis",     "Marcela",
    "María",   "Mateo",     "Natalia", "Óscar",     "Paola",    "Ramón",
    "Sandra",  "Sebastián", "Tatiana", "Valentina", "Víctor",   "Ximena"};

static const char *const surnames[] = {
    "Acevedo", "Álvarez", "Bedoya",    "Cárdenas", "Castaño",  "Echeverri",
    "Gómez",   "Henao",   "Jaramillo", "Londoño",  "Marín",    "Montoya",
    "Muñoz",   "Núñez",   "Ospina",    "Peña",     "Quintero", "Restrepo",
    "Ríos",    "Salazar", "Uribe",     "Vélez",    "Yepes",    "Zapata"};

static const char *const trades[] = {
    "Panadería",    "Ferretería",  "Clínica Dental", "Colegio",
    "Papelería",    "Laboratorio", "Transportes",    "Café",
    "Inmobiliaria", "Confecciones"};

static const char *const places[] = {
    "El Cedro",  "La Montaña",       "San Pío",     "Los Guaduales",
    "Altavista", "El Poblado Viejo", "La Quebrada", "Buenavista",
    "El Samán",  "Las Orquídeas",    "El Roble",    "Santa Inés"};

static const char *const cities[] = {"05001", "05266", "05360", "05088",
                                     "05631", "05615", "11001", "17001"};

/*
 * A document of the i-th client, from ranges that nobody has been given: tax
 * numbers from 999.000.000, identity cards from 1.999.000.000. Some have none.
 */
static void add_document(struct arena *a, size_t i, struct client *c)
{
    bool legal = i % 3 != 0;
    char dv[2] = "";
    if (i % 7 == 6)
        return;
    c->doc_type = legal ? "31" : "13";
    c->doc_number =
        arena_fmt(a, "%zu", (legal ? 999000000 : 1999000000) + i * 37);
    if (!legal)
        return;
    dv[0] = nit_dv(c->doc_number);
    c->doc_dv = arena_strdup(a, dv);
}

/* Fills c with the i-th demo client. Steps are prime to the list lengths, so
 * that all names are different combinations. */
static void compose(struct arena *a, size_t i, struct client *c)
{
    const char *first = first_names[i * 7 % ARRAY_LEN(first_names)];
    const char *last = surnames[i * 5 % ARRAY_LEN(surnames)];
    const char *second = surnames[(i * 11 + i / 24) % ARRAY_LEN(surnames)];
    const char *place = places[(i + i / 10) % ARRAY_LEN(places)];
    bool legal = i % 3 != 0;
    *c = (struct client){.kind = legal ? "legal" : "natural",
                         .service_kind = i % 4 == 1 ? "contract" : "single",
                         .doc_type = "",
                         .doc_number = "",
                         .doc_dv = "",
                         .company = "",
                         .phone = "",
                         .notes = ""};
    c->name = arena_fmt(a, "%s %s %s", first, last, second);
    if (legal)
        c->company = arena_fmt(a, "%s %s %s", trades[i % ARRAY_LEN(trades)],
                               place, i % 2 == 0 ? "S.A.S." : "Ltda.");
    add_document(a, i, c);
    struct buf b;
    buf_init(&b, 256);
    utf8_fold(&b, c->name, strlen(c->name));
    for (size_t k = 0; k < b.n; k++)
        if (b.p[k] == ' ')
            b.p[k] = '.';
    c->email = arena_fmt(a, "%s@example.com", buf_str(&b));
    buf_done(&b);
    if (i % 5 == 4)
        c->phone = arena_fmt(a, "+57604555%04zu", i);
    else if (i % 17 != 0)
        c->phone = arena_fmt(a, "+57300555%04zu", i);
    c->address = arena_fmt(a, "Carrera %zu # %zu-%02zu", 30 + i % 60,
                           10 + i * 3 % 80, i * 13 % 100);
    c->dane_city = cities[i % ARRAY_LEN(cities)];
    c->city = dane_name(c->dane_city);
    c->whatsapp_ok = phone_is_mobile(c->phone) && i % 3 != 2;
    if (i % 12 == 0)
        c->notes = "Portería: anunciarse con anticipación.\n"
                   "Parqueadero para visitantes en el sótano.";
}

static enum err add_clients(struct db *db, struct arena *a, struct actor *by,
                            int64_t *ret_first_id)
{
    for (size_t i = 0; i < DEMO_CLIENTS; i++) {
        struct client c;
        int64_t id;
        compose(a, i, &c);
        TRY(client_create(db, a, &c, by, &id));
        if (i == 0)
            *ret_first_id = id;
        c.id = id;
        TRY(seed_parts(db, a, i, &c, by));
    }
    return ERR_OK;
}

static enum err add_users(struct db *db, struct arena *a, struct actor *by,
                          int64_t client_id)
{
    for (size_t i = 0; i < ARRAY_LEN(demo_users); i++) {
        struct user u = {.email = demo_users[i].email,
                         .name = demo_users[i].name,
                         .role = demo_users[i].role};
        int64_t id;
        if (strcmp(u.role, "client") == 0)
            u.client_id = client_id;
        TRY(password_hash(a, demo_password, &u.pass_hash));
        TRY(user_create(db, a, &u, by, &id));
    }
    return ERR_OK;
}

static enum err add_all(struct db *db, struct arena *a, struct actor *by)
{
    int64_t client_id = 0;
    TRY(add_clients(db, a, by, &client_id));
    return add_users(db, a, by, client_id);
}

static enum err fill(struct db *db, struct arena *a, struct actor *by)
{
    TRY(audit_begin(db, by));
    return audit_end(db, by, add_all(db, a, by));
}

static const char sql_user_count[] = "SELECT count(*) AS n FROM app_user";

struct count {
    int64_t n;
};

static const struct column count_columns[] = {COL(COL_INT, struct count, n),
                                              {0}};

static void print_logins(void)
{
    for (size_t i = 0; i < ARRAY_LEN(demo_users); i++)
        printf("%-12s%-26s%s\n", demo_users[i].role, demo_users[i].email,
               demo_password);
}

/* More than the demo clients, if more are wanted. */
static enum err fill_up(struct db *db, struct arena *a, struct actor *by,
                        int64_t wanted)
{
    struct user client;
    if (wanted <= DEMO_CLIENTS)
        return ERR_OK;
    TRY(user_by_email(db, a, DEMO_CLIENT, &client));
    struct seed_words words = {.first = first_names,
                               .last = surnames,
                               .n_first = ARRAY_LEN(first_names),
                               .n_last = ARRAY_LEN(surnames),
                               .first_id = client.client_id,
                               .n_clients = DEMO_CLIENTS};
    return seed_many(db, a, &words, wanted, by);
}

static int fill_if_empty(struct db *db, struct arena *a, struct actor *by,
                         int64_t wanted)
{
    struct count users;
    struct user demo;
    enum err e = db_one(db, a, QUERY(sql_user_count), count_columns, &users);
    if (e == ERR_OK && users.n == 0)
        e = fill(db, a, by);
    else if (e == ERR_OK)
        e = user_by_email(db, a, demo_users[0].email, &demo);
    if (e == ERR_NOTFOUND)
        return data_failed("seed", "the database has accounts already; demo "
                                   "data goes only into an empty one");
    if (e == ERR_OK && (e = fill_up(db, a, by, wanted)) != ERR_OK)
        return data_failed("seed", "%s; not all clients were stored",
                           db_error(db));
    if (e == ERR_OK)
        return CTL_OK;
    return data_failed("seed", "%s; nothing was stored", db_error(db));
}

/* "--clients N"; false for what is none of it. */
static bool read_wanted(int argc, char **argv, int64_t *ret_wanted)
{
    char *end;
    if (argc == 1)
        return true;
    if (argc != 3 || strcmp(argv[1], "--clients") != 0)
        return false;
    *ret_wanted = strtoll(argv[2], &end, 10);
    return end != argv[2] && *end == '\0' && *ret_wanted >= DEMO_CLIENTS &&
           *ret_wanted <= MAX_CLIENTS;
}

int seed_command(struct ctl *ctl, int argc, char **argv)
{
    struct db *db;
    struct audit_keys keys;
    int64_t wanted = DEMO_CLIENTS;
    if (!read_wanted(argc, argv, &wanted))
        return CTL_USAGE;
    if (data_keys(ctl, "seed", &keys) != ERR_OK ||
        data_open(ctl, "seed", &db) != ERR_OK)
        return CTL_FAILED;
    struct actor by = audit_system(&keys, ctl->arena);
    int code = fill_if_empty(db, ctl->arena, &by, wanted);
    db_close(db);
    if (code == CTL_OK)
        print_logins();
    return code;
}
