/*
 * import_file - a CSV file as clients. Its cells take the way of the form: a
 * line is a form that was filled in, with the same checks and messages.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "text/utf8.h"

enum { IGNORED = -1 };

static const struct choice yes_or_no[] = {
    {"1", MSG_part_yes},
    {"0", MSG_part_no},
    {0},
};

/* The heads that an export has, those of both languages, and some more. */
const struct import_column import_columns[] = {
    {MSG_client_name, "name", true, "nombre completo|razon social|"},
    {MSG_client_company, "company"},
    {MSG_client_kind, "kind", true, "tipo de cliente|",
     .choices = clients_kinds},
    {MSG_client_document, "document"},
    {MSG_client_doc_type, "doc_type", .choices = clients_doc_types},
    {MSG_client_doc_number, "doc_number"},
    {MSG_client_service, "service_kind", true, "tipo de servicio|",
     .choices = clients_services},
    {MSG_client_email, "email", .others = "correo electronico|email|"},
    {MSG_client_phone, "phone", .others = "celular|phone|"},
    {MSG_client_address, "address"},
    {MSG_client_city, "city", .others = "municipio|"},
    {MSG_client_dane, "dane_city",
     .others = "codigo dane|dane code|dane|divipola|"},
    {MSG_client_whatsapp_ok, "whatsapp_ok", .others = "whatsapp|",
     .choices = yes_or_no},
    {MSG_client_notes, "notes", .others = "observaciones|"},
    {MSG_client_code, NULL},
    {MSG_client_created, NULL},
    {MSG_none},
};

/* What people write for a choice beside its labels, folded. */
static const struct {
    const char *field, *written, *value;
} synonyms[] = {
    {"kind", "natural", "natural"},
    {"kind", "persona natural", "natural"},
    {"kind", "juridica", "legal"},
    {"kind", "persona juridica", "legal"},
    {"service_kind", "puntual", "single"},
    {"service_kind", "contrato", "contract"},
    {"whatsapp_ok", "x", "1"},
    {"whatsapp_ok", "true", "1"},
    {"whatsapp_ok", "verdadero", "1"},
    {"whatsapp_ok", "false", "0"},
    {"whatsapp_ok", "falso", "0"},
};

static const struct {
    const char *code;
    enum msg why;
} codes[] = {
    {"required", MSG_form_required},
    {"too_long", MSG_form_too_long},
    {"bad_text", MSG_form_bad_text},
    {"bad_email", MSG_form_bad_email},
    {"bad_phone", MSG_form_bad_phone},
    {"bad_choice", MSG_form_bad_choice},
    {"doc_no_type", MSG_client_doc_no_type},
    {"bad_nit", MSG_client_bad_nit},
    {"wrong_dv", MSG_client_wrong_dv},
    {"bad_card", MSG_client_bad_card},
    {"bad_paper", MSG_client_bad_paper},
    {"taken", MSG_client_doc_taken},
    {"bad_dane", MSG_client_bad_dane},
    {"no_mobile", MSG_client_whatsapp_mobile},
    {"twin", MSG_client_import_twin},
    {"same_name", MSG_client_import_same_name},
    {"same_phone", MSG_client_import_same_phone},
    {"same_email", MSG_client_import_same_email},
    {"text", MSG_client_import_text},
    {"long", MSG_client_import_long},
    {"many", MSG_client_import_many},
    {"quote", MSG_client_import_quote},
    {"open", MSG_client_import_open},
};

const char *import_code(enum msg why)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].why == why)
            return codes[i].code;
    return "bad_text";
}

enum msg import_problem(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].why;
    return MSG_none;
}

enum msg import_label(const char *field)
{
    for (const struct field *f = clients_form; f->kind != FIELD_NONE; f++)
        if (strcmp(f->name, field) == 0)
            return f->label;
    return MSG_none;
}

/* --- bytes --- */

struct import_file {
    int fd, error; /* errno of a read that failed */
    int64_t bytes;
    struct csv_reader *reader;
    size_t n_columns;
    int columns[MAX_CSV_CELLS]; /* places in import_columns, or IGNORED */
};

static ssize_t read_some(int fd, char *p, size_t n)
{
    ssize_t got;
    while ((got = read(fd, p, n)) < 0 && errno == EINTR)
        ;
    return got;
}

static size_t read_file(void *source, char *p, size_t n)
{
    struct import_file *f = source;
    ssize_t got = read_some(f->fd, p, n);
    if (got < 0)
        f->error = errno;
    if (got > 0)
        f->bytes += got;
    return got > 0 ? (size_t)got : 0;
}

int64_t import_file_bytes(const struct import_file *f)
{
    return f->bytes;
}

enum err import_charset(int fd, enum charset *ret, struct err_note *why)
{
    struct charset_guess guess = {0};
    char piece[16 << 10];
    ssize_t got;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_errno(why, ERR_SYSTEM, "reading a CSV file");
    while ((got = read_some(fd, piece, sizeof(piece))) > 0)
        charset_feed(&guess, piece, (size_t)got);
    if (got < 0)
        return err_errno(why, ERR_SYSTEM, "reading a CSV file");
    *ret = charset_end(&guess);
    return ERR_OK;
}

enum charset import_charset_of(const struct client_import *im)
{
    return strcmp(im->charset, "utf-8") == 0 ? CHARSET_UTF8 : CHARSET_WINDOWS;
}

/* --- heads --- */

/* Lower case, without accents and signs: how words are compared here. */
static const char *fold(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, MAX_CSV_CELL_BYTES);
    utf8_fold(&b, text, strlen(text));
    const char *folded = arena_strdup(a, buf_str(&b));
    buf_done(&b);
    return folded;
}

static bool is_text_of(struct arena *a, enum msg m, const char *folded)
{
    return strcmp(fold(a, msg_text(LANG_ES, m)), folded) == 0 ||
           strcmp(fold(a, msg_text(LANG_EN, m)), folded) == 0;
}

/* The table of a struct import_column; the size without its end. */
static size_t count_columns(void)
{
    size_t n = 0;
    while (import_columns[n].label != MSG_none)
        n++;
    return n;
}

/* The number of the column with this head; past the last for none. */
static size_t find_column(struct arena *a, const char *head)
{
    const char *folded = fold(a, head);
    const char *listed = arena_fmt(a, "%s|", folded);
    size_t n = count_columns();
    for (size_t i = 0; i < n; i++) {
        const char *others = import_columns[i].others;
        const char *at = others != NULL ? strstr(others, listed) : NULL;
        if (is_text_of(a, import_columns[i].label, folded) ||
            (folded[0] != '\0' && at != NULL &&
             (at == others || at[-1] == '|')))
            return i;
    }
    return n;
}

static void add_name(struct arena *a, const char **list, const char *name)
{
    *list = (*list)[0] == '\0' ? arena_strdup(a, name)
                               : arena_fmt(a, "%s, %s", *list, name);
}

/* Is there a column for this field? "document" stands for its two parts. */
static bool has_field(const struct import_file *f, const char *field)
{
    for (size_t i = 0; i < f->n_columns; i++) {
        const char *is = f->columns[i] == IGNORED
                             ? NULL
                             : import_columns[f->columns[i]].field;
        if (is != NULL &&
            (strcmp(is, field) == 0 ||
             (strcmp(is, "document") == 0 && strncmp(field, "doc_", 4) == 0) ||
             (strcmp(field, "document") == 0 && strncmp(is, "doc_", 4) == 0)))
            return true;
    }
    return false;
}

static void take_head(struct import_file *f, struct arena *a, const char *head,
                      struct import_heads *ret)
{
    size_t at = find_column(a, head);
    const struct import_column *col = &import_columns[at];
    if (col->label == MSG_none && fold(a, head)[0] != '\0')
        add_name(a, &ret->unknown, head);
    if (col->field != NULL && has_field(f, col->field))
        add_name(a, &ret->twice, head);
    f->columns[f->n_columns++] = col->field != NULL ? (int)at : IGNORED;
}

static void find_missing(const struct import_file *f, struct arena *a,
                         enum lang lang, struct import_heads *ret)
{
    for (const struct import_column *c = import_columns; c->label != MSG_none;
         c++)
        if (c->required && !has_field(f, c->field))
            add_name(a, &ret->missing, msg_text(lang, c->label));
}

enum err import_file_open(struct arena *a, int fd, enum charset charset,
                          enum lang lang, struct import_file **ret_file,
                          struct import_heads *ret_heads)
{
    struct import_file *f = ARENA_NEW(a, struct import_file);
    struct csv_row row = {0};
    *ret_heads =
        (struct import_heads){.unknown = "", .missing = "", .twice = ""};
    f->fd = fd;
    f->reader = csv_reader_new(a, charset, read_file, f);
    if (lseek(fd, 0, SEEK_SET) != 0)
        return ERR_SYSTEM;
    enum err e = csv_reader_next(f->reader, &row);
    if (f->error != 0)
        return ERR_SYSTEM;
    if (e == ERR_OK && row.fault == CSV_FINE)
        for (size_t i = 0; i < row.n; i++)
            take_head(f, a, row.cells[i], ret_heads);
    find_missing(f, a, lang, ret_heads);
    ret_heads->bad = ret_heads->unknown[0] != '\0' ||
                     ret_heads->missing[0] != '\0' ||
                     ret_heads->twice[0] != '\0';
    *ret_file = f;
    return ret_heads->bad ? ERR_INVALID : ERR_OK;
}

/* --- lines --- */

static void add_problem(struct import_line *line, const char *field,
                        enum msg why)
{
    if (line->n_problems < IMPORT_MAX_PROBLEMS)
        line->problems[line->n_problems++] =
            (struct import_problem){field, why};
}

/* The value of what a person calls this; the text itself for none. */
static const char *find_choice(struct arena *a, const struct import_column *c,
                               const char *text)
{
    const char *folded = fold(a, text);
    const char *type = c->choices == clients_doc_types
                           ? document_type(text, strcspn(text, " "))
                           : NULL;
    if (folded[0] == '\0')
        return "";
    if (type != NULL && strchr(text, ' ') == NULL)
        return type;
    for (const struct choice *k = c->choices; k->value != NULL; k++)
        if (strcmp(k->value, folded) == 0 || is_text_of(a, k->label, folded))
            return k->value;
    for (size_t i = 0; i < ARRAY_LEN(synonyms); i++)
        if (strcmp(synonyms[i].field, c->field) == 0 &&
            strcmp(synonyms[i].written, folded) == 0)
            return synonyms[i].value;
    return text;
}

/* "NIT 900.123.456-8": the type stands before the first blank. */
static void set_document(struct form *form, struct arena *a, const char *text)
{
    while (*text == ' ')
        text++;
    size_t n = strcspn(text, " ");
    const char *type = document_type(text, n);
    form_set(form, "doc_type", type != NULL ? type : "");
    form_set(form, "doc_number",
             arena_strdup(a, type != NULL ? text + n : text));
}

/* False: a check box takes any word for a tick, but this one says neither. */
static bool set_cell(struct form *form, struct arena *a,
                     const struct import_column *c, const char *text)
{
    if (strcmp(c->field, "document") == 0) {
        set_document(form, a, text);
        return true;
    }
    const char *value = c->choices != NULL ? find_choice(a, c, text) : text;
    if (c->choices == yes_or_no) {
        bool yes = strcmp(value, "1") == 0;
        form_set(form, c->field, yes ? value : "");
        return yes || value[0] == '\0' || strcmp(value, "0") == 0;
    }
    form_set(form, c->field, value);
    return true;
}

static bool is_empty(const struct csv_row *row)
{
    for (size_t i = 0; i < row->n; i++)
        if (row->cells[i][strspn(row->cells[i], " \t\r\n")] != '\0')
            return false;
    return row->fault == CSV_FINE;
}

static enum msg fault_text(enum csv_fault fault)
{
    static const enum msg texts[] = {
        [CSV_TEXT] = MSG_client_import_text,
        [CSV_LONG] = MSG_client_import_long,
        [CSV_MANY] = MSG_client_import_many,
        [CSV_QUOTE] = MSG_client_import_quote,
        [CSV_OPEN] = MSG_client_import_open,
    };
    return texts[fault];
}

static void take_row(struct import_file *f, struct arena *a,
                     const struct csv_row *row, struct import_line *ret)
{
    struct form form;
    bool many = false;
    form_init(&form, a, clients_form);
    for (size_t i = 0; i < row->n; i++) {
        if (i >= f->n_columns)
            many = many || row->cells[i][0] != '\0';
        else if (f->columns[i] != IGNORED &&
                 !set_cell(&form, a, &import_columns[f->columns[i]],
                           row->cells[i]))
            add_problem(ret, import_columns[f->columns[i]].field,
                        MSG_form_bad_choice);
    }
    if (many)
        add_problem(ret, "", MSG_client_import_many);
    form_check(&form, a);
    clients_of_form(&form, a, NULL, &ret->client);
    for (size_t i = 0; clients_form[i].kind != FIELD_NONE; i++)
        if (form.errors[i] != MSG_none)
            add_problem(ret, clients_form[i].name, form.errors[i]);
    ret->has_document = ret->client.doc_number[0] != '\0';
    for (size_t i = 0; i < ret->n_problems; i++)
        if (strncmp(ret->problems[i].field, "doc_", 4) == 0)
            ret->has_document = false;
}

enum err import_file_next(struct import_file *f, struct arena *a,
                          struct import_line *ret)
{
    struct csv_row row;
    enum err e = csv_reader_next(f->reader, &row);
    if (f->error != 0)
        return ERR_SYSTEM;
    TRY(e);
    *ret = (struct import_line){.number = row.number, .empty = is_empty(&row)};
    if (row.fault != CSV_FINE)
        add_problem(ret, "", fault_text(row.fault));
    else if (!ret->empty)
        take_row(f, a, &row, ret);
    return ERR_OK;
}
