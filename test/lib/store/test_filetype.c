#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/filetype.h"
#include "test/support.h"

static const char *type_of(const char *p, size_t n)
{
    const char *path = t_path("typed"), *mime = "";
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
    t_ok(filetype_of(fd, t_arena, &mime, NULL));
    close(fd);
    return mime;
}

START_TEST(the_content_decides)
{
    static const struct {
        const char *p;
        size_t n;
        const char *mime;
    } vectors[] = {
#define V(text) text, sizeof(text) - 1
        {V("%PDF-1.4\n%%EOF\n"), "application/pdf"},
        {V("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\0\0\0\0"),
         "image/png"},
        {V("\xff\xd8\xff\xe0\0\20JFIF\0\1\1\0\0\1\0\1\0\0"), "image/jpeg"},
        {V("RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0"), "image/webp"},
        {V("<!DOCTYPE html><html></html>"), "text/html"},
        {V("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>"),
         "image/svg+xml"},
        {V("uno dos tres\n\xc3\xb1\n"), "text/plain"},
        {V("PK\3\4\24\0\0\0\0\0\0\0!\0\0\0\0\0\5\0\0\0\5\0\0\0"
           "\5\0\0\0a.txthello and what follows, for a while"),
         "application/zip"},
        {V("\0\1\2\3\4\5"), "application/octet-stream"},
#undef V
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(type_of(vectors[i].p, vectors[i].n), vectors[i].mime);
}
END_TEST

START_TEST(names_get_an_end_that_fits)
{
    static const struct {
        const char *mime, *name, *want;
    } vectors[] = {
        {"application/pdf", "a.pdf", "a.pdf"},
        {"application/pdf", "a.PDF", "a.PDF"},
        {"application/pdf", "a.html", "a.html.pdf"},
        {"application/pdf", "a", "a.pdf"},
        {"application/pdf", "a.", "a..pdf"},
        {"application/pdf", "a.pd", "a.pd.pdf"},
        {"image/jpeg", "a.jpeg", "a.jpeg"},
        {"image/jpeg", "a.png", "a.png.jpg"},
        {"application/zip", "a.docx", "a.docx"},
        {"application/x-unknown", "a.exe", "a.exe"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(
            filetype_name(t_arena, vectors[i].mime, vectors[i].name),
            vectors[i].want);
}
END_TEST

START_TEST(only_pictures_and_pdf_are_shown)
{
    static const char *const shown[] = {"application/pdf", "image/png",
                                        "image/jpeg", "image/webp"};
    static const char *const saved[] = {
        "text/html", "image/svg+xml", "text/plain", "image/gif", "", "x"};
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        ck_assert(filetype_is_shown(shown[i]));
    for (size_t i = 0; i < ARRAY_LEN(saved); i++)
        ck_assert(!filetype_is_shown(saved[i]));
}
END_TEST

START_TEST(accept_lists_all_ends)
{
    static const char *const mimes[] = {"application/pdf", "image/jpeg",
                                        "application/x-unknown", NULL};
    ck_assert_str_eq(filetype_accept(t_arena, mimes),
                     ".pdf,.jpg,.jpeg,.jpe,.jfif");
    ck_assert_str_eq(filetype_accept(t_arena, NULL), "");
}
END_TEST

Suite *filetype_suite(void)
{
    Suite *s = suite_create("filetype");
    TCase *tc = t_case(s, "filetype");
    tcase_add_test(tc, the_content_decides);
    tcase_add_test(tc, names_get_an_end_that_fits);
    tcase_add_test(tc, only_pictures_and_pdf_are_shown);
    tcase_add_test(tc, accept_lists_all_ends);
    return s;
}
