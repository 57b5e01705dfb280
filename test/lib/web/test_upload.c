#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/filestore.h"
#include "test/site.h"
#include "web/upload.h"

static const char *const types[] = {"application/pdf", NULL};

static const struct field fields[] = {
    PLAIN_FIELD(name, FIELD_TEXT, .max = 50),
    PLAIN_FIELD(papers, FIELD_FILE, .max = 100, .types = types, .files = 2),
    PLAIN_FIELD(photo, FIELD_FILE, .flags = FIELD_REQUIRED),
    {0},
};

struct source {
    const char *p;
    size_t n;
};

static size_t read_all(void *arg, char *p, size_t n)
{
    struct source *s = arg;
    if (n > s->n)
        n = s->n;
    memcpy(p, s->p, n);
    s->p += n;
    s->n -= n;
    return n;
}

static struct t_site *site;
static struct ctx *c;

static void close_store(void *store)
{
    filestore_free(store);
}

static void setup(void)
{
    site = t_site_new(NULL);
    t_ok(filestore_new(t_path("files"), &site->app.files, NULL));
    /* after the uploads, which go with their request */
    arena_defer(t_arena, close_store, site->app.files);
}

static void teardown(void)
{
    t_site_done(site);
}

static enum err take_announced(const char *body, size_t announced)
{
    struct source s = {body, strlen(body)};
    c = t_request(site, "");
    c->req.content_type = "multipart/form-data; boundary=XX";
    c->req.content_length = announced;
    form_init(&c->form, c->arena, fields);
    ck_assert(upload_wanted(c));
    return upload_read(c, read_all, &s);
}

static enum err take(const char *body)
{
    return take_announced(body, strlen(body));
}

#define TEXT(name, value)                                                      \
    "--XX\r\nContent-Disposition: form-data; name=" name "\r\n\r\n" value "\r" \
    "\n"
#define FILE_PART(name, file, content)                                         \
    TEXT(name "; filename=\"" file "\"", content)
#define PDF "%PDF-1.4\n%%EOF"
#define END "--XX--\r\n"

static enum msg error_of(const char *name)
{
    form_check(&c->form, c->arena);
    for (size_t i = 0; fields[i].kind != FIELD_NONE; i++)
        if (strcmp(fields[i].name, name) == 0)
            return c->form.errors[i];
    ck_abort_msg("no field %s", name);
}

START_TEST(texts_and_files_are_told_apart)
{
    char text[32] = "";
    t_ok(take(TEXT("csrf", "token") FILE_PART("papers", "a.pdf", PDF)
                  TEXT("name", "A\r\nB") FILE_PART("photo", "b.txt", "text")
                      FILE_PART("other", "c.pdf", PDF) TEXT("odd", "x")
                          TEXT("photo", "no file") END));
    ck_assert_str_eq(c->form.csrf, "token");
    ck_assert_str_eq(form_text(&c->form, "name"), "A\r\nB");
    ck_assert_uint_eq(c->form.unknown, 3);
    ck_assert_uint_eq(c->form.n_files, 2);
    const struct form_file *f = form_file(&c->form, "papers", 0);
    ck_assert_str_eq(f->name, "a.pdf");
    ck_assert_str_eq(f->mime, "application/pdf");
    ck_assert_int_eq(f->bytes, strlen(PDF));
    ck_assert_int_eq(pread(filestore_fd(f->temp), text, sizeof(text), 0),
                     (ssize_t)strlen(PDF));
    ck_assert_str_eq(text, PDF);
    ck_assert_ptr_null(form_file(&c->form, "papers", 1));
    ck_assert_str_eq(form_file(&c->form, "photo", 0)->mime, "text/plain");
    ck_assert(form_check(&c->form, c->arena));
}
END_TEST

START_TEST(a_field_refuses_what_it_must)
{
    t_ok(take(FILE_PART("papers", "a.pdf", "no PDF") END));
    ck_assert_int_eq(error_of("papers"), MSG_form_bad_file);
    ck_assert_str_eq(c->form.about[1], "a.pdf");
    ck_assert_int_eq(error_of("photo"), MSG_form_no_file);
    ck_assert_uint_eq(c->form.n_files, 0);

    t_ok(take(FILE_PART("papers", "a.pdf", "") END));
    ck_assert_int_eq(error_of("papers"), MSG_form_empty_file);

    t_ok(take(FILE_PART("papers", "a.pdf", PDF) FILE_PART(
        "papers", "b.pdf", PDF) FILE_PART("papers", "c.pdf", PDF) END));
    ck_assert_int_eq(error_of("papers"), MSG_form_many_files);
    ck_assert_str_eq(c->form.about[1], "c.pdf");

    t_ok(take(FILE_PART("photo", "", "") END));
    ck_assert_int_eq(error_of("photo"), MSG_form_no_file);
}
END_TEST

START_TEST(a_file_may_be_as_large_as_its_field_says)
{
    for (int extra = 0; extra < 2; extra++) {
        t_ok(take(arena_fmt(t_arena, FILE_PART("papers", "a.pdf", "%s%0*d") END,
                            PDF, 100 - (int)strlen(PDF) + extra, 0)));
        ck_assert_int_eq(error_of("papers"),
                         extra == 0 ? MSG_none : MSG_form_large_file);
        ck_assert_int_eq(c->form.too_large, extra == 1);
    }
    site->app.conf.files.max_bytes = 50;
    t_ok(take(arena_fmt(t_arena, FILE_PART("papers", "a.pdf", "%s%050d") END,
                        PDF, 0)));
    ck_assert_int_eq(error_of("papers"), MSG_form_large_file);
}
END_TEST

START_TEST(limits_of_the_request)
{
    static const char body[] = FILE_PART("papers", "a.pdf", PDF) END;
    t_is(take_announced(body, (64 << 20) + 1), ERR_TOOLARGE);
    t_is(take_announced(body, sizeof(body)), ERR_BADREQ);
    t_is(take_announced(body, sizeof(body) - 8), ERR_BADREQ);
    for (int extra = 0; extra < 2; extra++)
        t_is(take(arena_fmt(t_arena, TEXT("name", "%0*d") TEXT("x", "%0*d") END,
                            MAX_BODY_BYTES / 2, 0, MAX_BODY_BYTES / 2 + extra,
                            0)),
             extra == 0 ? ERR_OK : ERR_TOOLARGE);
    t_is(take(TEXT("name", "\xff") END), ERR_BADREQ);
}
END_TEST

START_TEST(only_a_form_with_files_wants_them)
{
    static const struct field plain[] = {PLAIN_FIELD(name, FIELD_TEXT), {0}};
    c = t_request(site, "");
    c->req.content_type = "multipart/form-data; boundary=XX";
    form_init(&c->form, c->arena, plain);
    ck_assert(!upload_wanted(c));
    form_init(&c->form, c->arena, NULL);
    ck_assert(!upload_wanted(c));
    form_init(&c->form, c->arena, fields);
    ck_assert(upload_wanted(c));
    c->req.content_type = "application/x-www-form-urlencoded";
    ck_assert(!upload_wanted(c));
}
END_TEST

Suite *upload_suite(void)
{
    Suite *s = suite_create("upload");
    TCase *tc = t_case(s, "upload");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, texts_and_files_are_told_apart);
    tcase_add_test(tc, a_field_refuses_what_it_must);
    tcase_add_test(tc, a_file_may_be_as_large_as_its_field_says);
    tcase_add_test(tc, limits_of_the_request);
    tcase_add_test(tc, only_a_form_with_files_wants_them);
    return s;
}
