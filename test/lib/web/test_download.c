#include <string.h>

#include "store/filestore.h"
#include "test/site.h"
#include "web/download.h"

START_TEST(names_in_both_forms)
{
    static const struct {
        const char *name, *want;
    } vectors[] = {
        {"a.pdf", "inline; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"},
        {"el \"1\" 50%.pdf", "inline; filename=\"el _1_ 50_.pdf\"; "
                             "filename*=UTF-8''el%20%221%22%2050%25.pdf"},
        {"\xc3\xb1\xf0\x9f\x98\x80.pdf", "inline; filename=\"__.pdf\"; "
                                         "filename*=UTF-8''"
                                         "%C3%B1%F0%9F%98%80.pdf"},
        {"a\r\nb\\c", "inline; filename=\"a__b_c\"; "
                      "filename*=UTF-8''a%0D%0Ab%5Cc"},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
        ck_assert_str_eq(download_disposition(t_arena, true, vectors[i].name),
                         vectors[i].want);
    ck_assert_str_eq(download_disposition(t_arena, false, "a"),
                     "attachment; filename=\"a\"; filename*=UTF-8''a");
}
END_TEST

START_TEST(the_web_server_sends_it)
{
    struct t_site *site = t_site_new(NULL);
    struct filestore_temp *t = NULL;
    const char *hash = "";
    t_ok(filestore_new(t_path("files"), &site->app.files, NULL));
    t_ok(filestore_begin(site->app.files, t_arena, &t, NULL));
    t_ok(filestore_write(t, "hello", 5, NULL));
    t_ok(filestore_keep(t, &hash, NULL));
    t_ok(download_file(t_request(site, ""), hash, "image/png", "a.png"));
    const char *headers = buf_str(&site->resp.headers);
    t_contains(headers,
               arena_fmt(t_arena, "X-Accel-Redirect: /media/2c/f2/%s", hash));
    t_contains(headers, "Content-Type: image/png\r\n");
    t_contains(headers, "Content-Security-Policy: sandbox; ");
    t_contains(headers, "Content-Disposition: inline; ");
    struct ctx *c = t_request(site, "");
    t_is(download_file(c, arena_fmt(t_arena, "0%s", hash + 1), "image/png",
                       "a.png"),
         ERR_SYSTEM);
    ck_assert_str_eq(buf_str(&site->resp.headers), "");
    filestore_free(site->app.files);
    t_site_done(site);
}
END_TEST

Suite *download_suite(void)
{
    Suite *s = suite_create("download");
    TCase *tc = t_case(s, "download");
    tcase_add_test(tc, names_in_both_forms);
    tcase_add_test(tc, the_web_server_sends_it);
    return s;
}
