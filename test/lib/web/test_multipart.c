#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "test/support.h"
#include "web/multipart.h"

/* A body that comes in pieces of `piece` bytes; 0: as large as asked for. */
struct source {
    const char *p;
    size_t n, piece;
};

static size_t read_piece(void *arg, char *p, size_t n)
{
    struct source *s = arg;
    if (s->piece > 0 && n > s->piece)
        n = s->piece;
    if (n > s->n)
        n = s->n;
    memcpy(p, s->p, n);
    s->p += n;
    s->n -= n;
    return n;
}

/* What came, as one text: "name|filename=content;" of each part. */
static struct buf got;
static size_t parts;

static enum err begin(void *arg, const struct multipart_part *part)
{
    (void)arg;
    parts++;
    buf_addf(&got, "%s%s%s=", part->name, part->filename != NULL ? "|" : "",
             part->filename != NULL ? part->filename : "");
    return ERR_OK;
}

static enum err data(void *arg, const char *p, size_t n)
{
    (void)arg;
    buf_add(&got, p, n);
    return ERR_OK;
}

static enum err end(void *arg)
{
    enum err *stop = arg;
    buf_addc(&got, ';');
    return stop != NULL ? *stop : ERR_OK;
}

static enum err parse_n(const char *p, size_t n, size_t piece, enum err *stop)
{
    struct source s = {p, n, piece};
    const struct multipart_sink sink = {begin, data, end, stop};
    struct err_note why = {""};
    buf_done(&got);
    buf_init(&got, 1 << 24);
    parts = 0;
    enum err e = multipart_read(t_arena, "XX", read_piece, &s, &sink, &why);
    ck_assert_int_eq(e == ERR_BADREQ, why.text[0] != '\0');
    return e;
}

static enum err parse(const char *body)
{
    return parse_n(body, strlen(body), 0, NULL);
}

#define PART(head, content)                                                    \
    "--XX\r\nContent-Disposition: form-data; " head "\r\n\r\n" content "\r\n"
#define END "--XX--\r\n"

START_TEST(texts_and_files_arrive)
{
    static const char body[] = PART("name=\"a\"", "one") PART("name=b", "")
        PART("name=\"f\"; filename=\"x.pdf\"\r\nContent-Type: "
             "application/pdf",
             "\r\n--X\r\n--XXY \r\n\r\n") END;
    /* --XXY would be a boundary that does not end its line */
    t_is(parse(body), ERR_BADREQ);
    char *good = arena_strdup(t_arena, body);
    memcpy(strstr(good, "--XXY"), "--YXX", 5);
    for (size_t piece = 0; piece < 80; piece++) {
        t_ok(parse_n(good, strlen(good), piece, NULL));
        ck_assert_str_eq(buf_str(&got),
                         "a=one;b=;f|x.pdf=\r\n--X\r\n--YXX \r\n\r\n;");
    }
}
END_TEST

START_TEST(a_content_larger_than_the_window)
{
    const size_t n = 3 * MULTIPART_WINDOW_BYTES + 17;
    static const char head[] = PART("name=a; filename=b", "");
    const size_t head_n = sizeof(head) - 3; /* without the final CRLF */
    for (size_t shift = 0; shift < 12; shift++) {
        /* full of what could begin a boundary */
        char *body = arena_alloc(t_arena, head_n + n + shift + 12);
        memcpy(body, head, head_n);
        for (size_t i = 0; i < n + shift; i++)
            body[head_n + i] = "\r\n--X"[i % 5];
        memcpy(body + head_n + n + shift, "\r\n--XX--", 9);
        t_ok(parse_n(body, head_n + n + shift + 8, 4096 + shift, NULL));
        ck_assert_uint_eq(got.n, strlen("a|b=") + n + shift + 1);
        ck_assert_mem_eq(got.p + 4, body + head_n, n + shift);
    }
}
END_TEST

START_TEST(names_as_programs_write_them)
{
    static const struct {
        const char *head, *want;
    } vectors[] = {
        {"name=\"a%22b\"", "a\"b=;"},
        {"name=\"a\\\"b\"", "a\"b=;"},
        {"name=\"a%0D%0Ab\"", "a\r\nb=;"},
        {"name=\"100%25\"", "100%25=;"}, /* nothing else is decoded */
        {"name=a; filename=\"\"", "a|=;"},
        {"name=a; filename=\"C:\\dir\\new.txt\"", "a|new.txt=;"},
        {"name=a; filename=\"C:\\\\dir\\\\x.txt\"", "a|x.txt=;"},
        {"name=a; filename=\"../../etc/passwd\"", "a|passwd=;"},
        {"name=a; filename=\"/\"", "a|=;"},
        {"name=a; filename=\"el %22uno%22 \xc3\xb1.txt\"",
         "a|el \"uno\" \xc3\xb1.txt=;"},
        {"NAME=a;FileName=b", "a|b=;"},
        {"x=1; name=a; y=\"z;name=b\"", "a=;"},
        {"name =  a", "a=;"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        const char *body = arena_fmt(
            t_arena,
            "--XX\r\ncontent-disposition:form-data; %s\r\n\r\n\r\n" END,
            vectors[i].head);
        ck_assert_msg(parse(body) == ERR_OK, "%s", vectors[i].head);
        ck_assert_str_eq(buf_str(&got), vectors[i].want);
    }
}
END_TEST

START_TEST(what_is_refused)
{
    static const char *const bodies[] = {
        "",
        "--",
        "--XX",
        "--XX-",
        "--XXY\r\n",
        "--XX\r\n",
        "--XX \r",
        "XX--",
        /* no end, half an end, an end that ends no line */
        PART("name=a", "b"),
        PART("name=a", "b") "--X",
        PART("name=a", "b") "--XX",
        PART("name=a", "b") "--XX-",
        PART("name=a", "b") "--XX.\r\n",
        /* header lines */
        "--XX\r\n\r\nb\r\n" END,
        "--XX\r\nX: y\r\n\r\nb\r\n" END,
        PART("filename=\"a\"", "b") END,
        PART("name=\"a", "b") END,
        PART("name=", "b") END,
        PART("name", "b") END,
        PART("=a", "b") END,
        PART("name=a name=b", "b") END,
        PART("name=a; name=b", "b") END,
        PART("name=a; filename=b; filename=c", "b") END,
        PART("name=a; filename*=UTF-8''b", "b") END,
        PART("name=a; filename=\"\xff\"", "b") END,
        PART("name=\"\xc3\"", "b") END,
        PART("name=a\r\n folded=1", "b") END,
        PART("name=a\rb", "b") END,
        PART("name=a\nb", "b") END,
        PART("name=a\r\n: x", "b") END,
        PART("name=a\r\nX y: x", "b") END,
        PART("name=a\r\nContent-Disposition: form-data; name=b", "b") END,
        PART("name=a\r\nContent-Transfer-Encoding: base64", "b") END,
        PART("name=a\r\nContent-Type: multipart/mixed", "b") END,
        "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\nb\r\n" END,
        "--XX\nContent-Disposition: form-data; name=a\n\nb\n--XX--\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
        ck_assert_msg(parse(bodies[i]) == ERR_BADREQ, "%s", bodies[i]);
    static const char nul[] = PART("name=\"a\0b\"", "b") END;
    t_is(parse_n(nul, sizeof(nul) - 1, 0, NULL), ERR_BADREQ);
}
END_TEST

START_TEST(what_is_taken_all_the_same)
{
    static const struct {
        const char *body, *want;
    } vectors[] = {
        {END, ""},
        {"--XX--", ""},
        {"--XX-- and what follows\r\n--XX\r\n", ""},
        {"text before\r\n" PART("name=a", "b") END, "a=b;"},
        {"\r\n" PART("name=a", "b") END, "a=b;"},
        {"--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" END,
         "a=b;"},
        {PART("name=a\r\nContent-Transfer-Encoding: 8bit\r\nX-Other:", "b") END,
         "a=b;"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        ck_assert_msg(parse(vectors[i].body) == ERR_OK, "%s", vectors[i].body);
        ck_assert_str_eq(buf_str(&got), vectors[i].want);
    }
}
END_TEST

START_TEST(limits)
{
    static const char part[] = PART("name=a", "");
    const size_t n = sizeof(part) - 1;
    char *body = arena_alloc(t_arena, (MAX_FORM_FIELDS + 1) * n + 8);
    for (size_t i = 0; i <= MAX_FORM_FIELDS; i++)
        memcpy(body + i * n, part, n);
    memcpy(body + MAX_FORM_FIELDS * n, END, 9);
    t_ok(parse(body));
    ck_assert_uint_eq(parts, MAX_FORM_FIELDS);
    memcpy(body + MAX_FORM_FIELDS * n, part, n);
    memcpy(body + (MAX_FORM_FIELDS + 1) * n, "--XX--", 7);
    t_is(parse(body), ERR_BADREQ);

    const char *line = "--XX\r\nContent-Disposition: form-data; name=a\r\nX: ";
    const size_t room = MAX_PART_HEADER_BYTES - (strlen(line) - 6) - 2;
    for (size_t over = 0; over < 2; over++) {
        char *filler = arena_alloc(t_arena, room + over + 1);
        memset(filler, 'x', room + over);
        filler[room + over] = '\0';
        t_is(parse(arena_fmt(t_arena, "%s%s\r\n\r\nb\r\n" END, line, filler)),
             over == 0 ? ERR_OK : ERR_BADREQ);
    }
}
END_TEST

START_TEST(the_sink_may_end_it)
{
    enum err stop = ERR_NOSPACE;
    static const char body[] = PART("name=a", "b") PART("name=c", "d") END;
    t_is(parse_n(body, sizeof(body) - 1, 0, &stop), ERR_NOSPACE);
    ck_assert_uint_eq(parts, 1);
}
END_TEST

START_TEST(boundaries)
{
    static const struct {
        const char *type, *want;
    } vectors[] = {
        {"multipart/form-data; boundary=abc", "abc"},
        {"Multipart/Form-Data ;\tBoundary=\"a b\"", "a b"},
        {"multipart/form-data; charset=utf-8; boundary=--x", "--x"},
        {"multipart/form-data; boundary=\"a:/?=\"", "a:/?="},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"a ", NULL},
        {"multipart/form-data; boundary=\"a \"", NULL},
        {"multipart/form-data; boundary=a b", NULL},
        {"multipart/form-data; boundary=\"a\r\nb\"", NULL},
        {"multipart/form-data; boundary=a%", NULL},
        {"multipart/form-datax; boundary=a", NULL},
        {"multipart/mixed; boundary=a", NULL},
        {"application/x-www-form-urlencoded", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_pstr_eq(multipart_boundary(t_arena, vectors[i].type),
                          vectors[i].want);
    for (int n = MAX_BOUNDARY_BYTES; n < MAX_BOUNDARY_BYTES + 2; n++)
        ck_assert_int_eq(
            multipart_boundary(t_arena,
                               arena_fmt(t_arena,
                                         "multipart/form-data; boundary=%0*d",
                                         n, 0)) != NULL,
            n == MAX_BOUNDARY_BYTES);
}
END_TEST

Suite *multipart_suite(void)
{
    Suite *s = suite_create("multipart");
    TCase *tc = t_case(s, "multipart");
    tcase_add_test(tc, texts_and_files_arrive);
    tcase_add_test(tc, a_content_larger_than_the_window);
    tcase_add_test(tc, names_as_programs_write_them);
    tcase_add_test(tc, what_is_refused);
    tcase_add_test(tc, what_is_taken_all_the_same);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, the_sink_may_end_it);
    tcase_add_test(tc, boundaries);
    return s;
}
