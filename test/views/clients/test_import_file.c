#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test/support.h"
#include "views/clients/import.h"

static int file_of(const char *text)
{
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    ck_assert_int_eq(fflush(f), 0);
    int fd = dup(fileno(f));
    fclose(f);
    return fd;
}

static enum err open_text(const char *text, struct import_file **ret,
                          struct import_heads *heads)
{
    enum charset charset;
    struct err_note why;
    int fd = file_of(text);
    t_ok(import_charset(fd, &charset, &why));
    return import_file_open(t_arena, fd, charset, LANG_ES, ret, heads);
}

START_TEST(heads_of_both_languages)
{
    static const struct {
        const char *heads, *unknown, *missing, *twice;
    } vectors[] = {
        {"Nombre;Tipo;Relación", "", "", ""},
        {"name,KIND,\"Relation \"", "", "", ""},
        {"razón  social;TIPO;relacion;e-mail;Celular;;Código;Created", "", "",
         ""},
        {"Direcci\xf3n;nombre;tipo;relaci\xf3n", "", "", ""},
        {"Nombre;Tipo;Relación;social;razon;|", "social, razon", "", ""},
        {"Nombre", "", "Tipo, Relación", ""},
        {"Nombre;Tipo;Relación;Name;Kind", "", "", "Name, Kind"},
        {"Nombre;Tipo;Relación;Documento;Número de documento", "", "",
         "Número de documento"},
        {"Nombre;Tipo;Relación;Tipo de documento;Documento", "", "",
         "Documento"},
        {"\"Nombre", "", "Nombre, Tipo, Relación", ""},
        {"", "", "Nombre, Tipo, Relación", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct import_file *f;
        struct import_heads heads;
        enum err e = open_text(vectors[i].heads, &f, &heads);
        ck_assert_str_eq(heads.unknown, vectors[i].unknown);
        ck_assert_str_eq(heads.missing, vectors[i].missing);
        ck_assert_str_eq(heads.twice, vectors[i].twice);
        ck_assert_int_eq(e, heads.bad ? ERR_INVALID : ERR_OK);
    }
}
END_TEST

/* A line as "NUMBER kind service type number-dv" and its problems. */
static const char *read_line(struct import_file *f)
{
    struct import_line line;
    enum err e = import_file_next(f, t_arena, &line);
    const struct client *cl = &line.client;
    if (e == ERR_NOTFOUND)
        return "end";
    t_ok(e);
    if (line.empty)
        return "empty";
    if (line.n_problems == 0)
        return arena_fmt(t_arena, "%s %s %s %s-%s%s", cl->kind,
                         cl->service_kind, cl->doc_type, cl->doc_number,
                         cl->doc_dv, line.has_document ? " known" : "");
    const char *out = "";
    for (size_t i = 0; i < line.n_problems; i++)
        out = arena_fmt(t_arena, "%s[%s %s]", out, line.problems[i].field,
                        import_code(line.problems[i].why));
    return arena_fmt(t_arena, "%s%s", out, line.has_document ? " known" : "");
}

START_TEST(lines_as_people_write_them)
{
    static const struct {
        const char *line, *as;
    } vectors[] = {
        {"A;person;CC 1.234.567;single service",
         "natural single 13 1234567- known"},
        {"A;NATURAL;c.c. 1234567;puntual", "natural single 13 1234567- known"},
        {"A;Persona jurídica;Nit: 900123456-8;contract",
         "legal contract 31 900123456-8 known"},
        {"A;empresa;NIT 900123456;CONTRATO", "legal contract 31 900123456- "
                                             "known"},
        {"A;legal;PA ab 12-345;contrato", "legal contract 41 AB12345- known"},
        {"A;legal;;contrato", "legal contract  -"},
        {"A;legal;900123456-8;contrato", "[doc_type doc_no_type]"},
        {"A;legal;NIT;contrato", "[doc_number required]"},
        {"A;legal;NIT 900123456-1;contrato", "[doc_number wrong_dv]"},
        {"A;legal;CC 12;contrato", "[doc_number bad_card]"},
        {"A;legal;CE é;contrato", "[doc_number bad_paper]"},
        {";x;CC 1234567;", "[name required][kind bad_choice]"
                           "[service_kind required] known"},
        {" ;; ;\t", "empty"},
        {"", "empty"},
        {"A;legal", "[service_kind required]"},
        {"A;legal;;contrato;", "legal contract  -"},
        {"A;legal;;contrato;;x", "[ many]"},
        {"A\x01;legal;;contrato", "[name bad_text]"},
        {"A;\"legal\"x;;contrato", "[ quote]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        struct import_file *f;
        struct import_heads heads;
        const char *text = arena_fmt(
            t_arena, "Nombre;Tipo;Documento;Relación\n%s\n", vectors[i].line);
        t_ok(open_text(text, &f, &heads));
        ck_assert_str_eq(read_line(f), vectors[i].as);
        ck_assert_str_eq(read_line(f), "end");
    }
}
END_TEST

/* "code city yes", or the problems of the line. */
static const char *reach_of(const char *cells)
{
    struct import_file *f;
    struct import_heads heads;
    struct import_line line;
    const char *out = "";
    t_ok(open_text(arena_fmt(t_arena,
                             "Nombre;Tipo;Relación;Teléfono;Ciudad;"
                             "Código DANE;WhatsApp\n"
                             "A;legal;contrato;%s\n",
                             cells),
                   &f, &heads));
    t_ok(import_file_next(f, t_arena, &line));
    for (size_t i = 0; i < line.n_problems; i++)
        out = arena_fmt(t_arena, "%s[%s %s]", out, line.problems[i].field,
                        import_code(line.problems[i].why));
    if (line.n_problems > 0)
        return out;
    return arena_fmt(t_arena, "%s %s %s", line.client.dane_city,
                     line.client.city, line.client.whatsapp_ok ? "yes" : "no");
}

START_TEST(where_and_how_a_client_is_reached)
{
    static const struct {
        const char *cells, *as;
    } vectors[] = {
        {";;;", "  no"},
        {"300 123 4567;Cali;76001;SI", "76001 Cali yes"},
        {"3001234567;;5001;x", "05001 Medellín yes"},
        {"3001234567;;Envigado, Antioquia;1", "05266 Envigado yes"},
        {"3001234567;El Retén;47268;no", "47268 El Retén no"},
        {";;05266;0", "05266 Envigado no"},
        {";;05002;falso", "05002  no"},
        {"6045551234;;;sí", "[whatsapp_ok no_mobile]"},
        {";;;verdadero", "[whatsapp_ok no_mobile]"},
        {"12;;;yes", "[phone bad_phone]"},
        {"3001234567;;01001;yes", "[dane_city bad_dane]"},
        {"3001234567;;Medellín;yes", "[dane_city bad_dane]"},
        {"3001234567;;;quizás", "[whatsapp_ok bad_choice]"},
        {"3001234567;;;2", "[whatsapp_ok bad_choice]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(reach_of(vectors[i].cells), vectors[i].as);
}
END_TEST

/* What the form may say of a line, the database can keep and the page show. */
START_TEST(every_problem_has_a_code)
{
    static const enum msg all[] = {
        MSG_form_required,       MSG_form_too_long,
        MSG_form_bad_text,       MSG_form_bad_email,
        MSG_form_bad_phone,      MSG_form_bad_choice,
        MSG_client_doc_no_type,  MSG_client_bad_nit,
        MSG_client_wrong_dv,     MSG_client_bad_card,
        MSG_client_bad_paper,    MSG_client_doc_taken,
        MSG_client_bad_dane,     MSG_client_whatsapp_mobile,
        MSG_client_import_twin,  MSG_client_import_text,
        MSG_client_import_long,  MSG_client_import_many,
        MSG_client_import_quote, MSG_client_import_open};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        ck_assert_int_eq(import_problem(import_code(all[i])), all[i]);
    ck_assert_int_eq(import_problem("no such code"), MSG_none);
    ck_assert_int_eq(import_label("doc_number"), MSG_client_doc_number);
    ck_assert_int_eq(import_label(""), MSG_none);
    for (const struct import_column *c = import_columns; c->label != MSG_none;
         c++)
        if (c->field != NULL && strcmp(c->field, "document") != 0)
            ck_assert_int_ne(import_label(c->field), MSG_none);
}
END_TEST

Suite *import_file_suite(void)
{
    Suite *s = suite_create("import_file");
    TCase *tc = t_case(s, "import_file");
    tcase_add_test(tc, heads_of_both_languages);
    tcase_add_test(tc, lines_as_people_write_them);
    tcase_add_test(tc, where_and_how_a_client_is_reached);
    tcase_add_test(tc, every_problem_has_a_code);
    return s;
}
