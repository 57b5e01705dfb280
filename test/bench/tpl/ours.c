#include "test/bench/tpl/ours.h"

#include <stdio.h>
#include <stdlib.h>

#include "gen/tpl.h"
#include "gen/tplnames.h"
#include "tpl/tpl.h"

const struct bench_value bench_values[] = {
    {"LIST_TITLE", "Clientes"},
    {"NEW_HREF", "/clientes/nuevo/"},
    {"ICONS_URL", "/static/img/icons.0123456789ab.svg"},
    {"Q", "aguas & cía"},
    {"COUNT", "100"},
    {"NEXT_HREF", "/clientes/?q=aguas&despues=100"},
    {"CAN_CREATE", NULL},
    {"COUNTED", NULL},
    {"PAGER", NULL},
    {"NEXT", NULL},
    {NULL, NULL},
};

static const struct column columns[] = {
    COL(COL_INT, struct bench_row, id),
    COL(COL_TEXT, struct bench_row, name),
    COL(COL_TEXT, struct bench_row, document),
    COL(COL_TEXT, struct bench_row, company),
    COL(COL_TEXT, struct bench_row, email),
    COL(COL_TEXT, struct bench_row, phone),
    COL(COL_TEXT, struct bench_row, phone_tel),
    COL(COL_TEXT, struct bench_row, city),
    COL(COL_TEXT, struct bench_row, kind_label),
    COL(COL_BOOL, struct bench_row, has_phone),
    {0},
};

static struct bench_row rows[BENCH_ROWS];
static char texts[BENCH_ROWS][4][64];

static struct arena *arena;
static struct tpl_dict *dict;
static struct buf out;

static void fill_rows(void)
{
    static const char *const cities[] = {"Bogotá D.C.", "Medellín", "Cali",
                                         "Santa Marta", "Cúcuta"};
    for (int i = 0; i < BENCH_ROWS; i++) {
        char(*t)[64] = texts[i];
        snprintf(t[0], sizeof(t[0]), "María Fernanda Pérez %d & Cía", i);
        snprintf(t[1], sizeof(t[1]), "NIT 900.%03d.456-%d", i, i % 10);
        snprintf(t[2], sizeof(t[2]), "contacto%d@empresa.example", i);
        snprintf(t[3], sizeof(t[3]), "+57300%07d", i * 7919);
        rows[i] = (struct bench_row){.id = 1000 + i,
                                     .name = t[0],
                                     .document = t[1],
                                     .company = "Soluciones <Andinas> S.A.S.",
                                     .email = t[2],
                                     .phone = t[3],
                                     .phone_tel = t[3],
                                     .city = cities[i % 5],
                                     .kind_label = "Empresa",
                                     .has_phone = i % 4 != 0};
    }
}

const struct bench_row *bench_rows(void)
{
    return rows;
}

const char *bench_text(int i, const char **ret_text)
{
    if (i + 1 >= (int)MSG__MAX) /* the first is the empty text */
        return NULL;
    *ret_text = msg_text(LANG_ES, (enum msg)(i + 1));
    return msg_name((enum msg)(i + 1));
}

void bench_init(void)
{
    arena = arena_new((size_t)16 << 20, NULL, NULL);
    buf_init(&out, (size_t)16 << 20);
    fill_rows();
}

void bench_fill(void)
{
    static const unsigned names[] = {
        N_LIST_TITLE, N_NEW_HREF,   N_ICONS_URL, N_Q,     N_COUNT,
        N_NEXT_HREF,  N_CAN_CREATE, N_COUNTED,   N_PAGER, N_NEXT};
    arena_reset(arena);
    dict = tpl_dict_new(arena, LANG_ES);
    for (size_t i = 0; bench_values[i].name != NULL; i++) {
        if (bench_values[i].value != NULL)
            tpl_set(dict, names[i], bench_values[i].value);
        else
            tpl_show(dict, names[i]);
    }
    tpl_bind(tpl_add(dict, N_ROWS), N_CLIENT, columns, rows, BENCH_ROWS,
             sizeof(rows[0]));
}

const char *bench_expand(size_t *ret_n)
{
    struct err_note why;
    buf_reset(&out);
    if (tpl_render(&tpl_clients_list, dict, &out, &why) != ERR_OK) {
        fprintf(stderr, "%s\n", why.text);
        abort();
    }
    *ret_n = out.n;
    return buf_str(&out);
}
