#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/archive.h"
#include "test/support.h"

static const char secret[] = "0123456789012345678901234567890123456789";
static struct archive_keys keys;
static char hash[ARCHIVE_HASH_SIZE];

static int new_file(void)
{
    int fd = open(t_path("archive"), O_RDWR | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    t_ok(archive_keys_init(&keys, secret, NULL, NULL));
    return fd;
}

/* Files "empty", "small" and "large"; the last one of n bytes. */
static int written(size_t n)
{
    int fd = new_file();
    struct archive_writer *w = ARENA_NEW(t_arena, struct archive_writer);
    char *large = arena_alloc(t_arena, n);
    memset(large, 'x', n);
    t_ok(archive_begin(w, fd, &keys.key[0], NULL));
    t_ok(archive_file(w, "empty", NULL));
    t_ok(archive_file(w, "small", NULL));
    t_ok(archive_write(w, "he", 2, NULL));
    t_ok(archive_write(w, "llo", 3, NULL));
    t_ok(archive_file(w, "large", NULL));
    t_ok(archive_write(w, large, n, NULL));
    t_ok(archive_end(w, hash, NULL));
    return fd;
}

/* Bytes of the present file, all of them the letter that it begins with. */
static size_t length(struct archive_reader *r, char letter)
{
    const unsigned char *p = NULL;
    size_t n = 0, all = 0;
    do {
        t_ok(archive_read(r, &p, &n, NULL));
        for (size_t i = 0; letter != '\0' && i < n; i++)
            ck_assert_int_eq(p[i], letter);
        all += n;
    } while (n > 0);
    return all;
}

/* OK when all of it can be read. */
static enum err read_all(int fd, struct err_note *why)
{
    static struct archive_reader r;
    const char *name;
    enum err e = archive_open(&r, fd, &keys, why);
    while (e == ERR_OK)
        e = archive_next(&r, &name, why);
    return e == ERR_NOTFOUND ? ERR_OK : e;
}

static const size_t sizes[] = {0,
                               1,
                               ARCHIVE_PIECE - 1,
                               ARCHIVE_PIECE,
                               ARCHIVE_PIECE + 1,
                               3 * ARCHIVE_PIECE,
                               1000000};

START_TEST(what_goes_in_comes_out)
{
    struct archive_reader *r = ARENA_NEW(t_arena, struct archive_reader);
    const char *name;
    char again[ARCHIVE_HASH_SIZE];
    int fd = written(sizes[_i]);
    t_ok(archive_open(r, fd, &keys, NULL));
    t_ok(archive_next(r, &name, NULL));
    ck_assert_str_eq(name, "empty");
    ck_assert_uint_eq(length(r, '\0'), 0);
    t_ok(archive_next(r, &name, NULL));
    ck_assert_str_eq(name, "small");
    ck_assert_uint_eq(length(r, '\0'), 5);
    t_ok(archive_next(r, &name, NULL));
    ck_assert_str_eq(name, "large");
    ck_assert_uint_eq(length(r, 'x'), sizes[_i]);
    t_is(archive_next(r, &name, NULL), ERR_NOTFOUND);
    archive_hash(r, again);
    ck_assert_str_eq(again, hash);
    close(fd);
}
END_TEST

START_TEST(files_can_be_passed_over)
{
    struct archive_reader *r = ARENA_NEW(t_arena, struct archive_reader);
    const char *name;
    int fd = written(200000);
    t_ok(archive_open(r, fd, &keys, NULL));
    for (int i = 0; i < 3; i++)
        t_ok(archive_next(r, &name, NULL));
    ck_assert_str_eq(name, "large");
    t_is(archive_next(r, &name, NULL), ERR_NOTFOUND);
    close(fd);
}
END_TEST

START_TEST(cut_off_anywhere_it_is_refused)
{
    struct err_note why;
    int fd = written(70000);
    struct stat st;
    fstat(fd, &st);
    const int wide = t_is_valgrind() ? 9973 : 97;
    const int narrow = t_is_valgrind() ? 17 : 1;
    for (off_t n = st.st_size - 1; n >= 0; n -= n > 400 ? wide : narrow) {
        ck_assert_int_eq(ftruncate(fd, n), 0);
        t_is(read_all(fd, &why), ERR_INVALID);
        t_contains(why.text, "cut off");
    }
    close(fd);
}
END_TEST

START_TEST(one_bit_anywhere_is_found)
{
    struct err_note why;
    int fd = written(70000);
    struct stat st;
    fstat(fd, &st);
    const int wide = t_is_valgrind() ? 9973 : 311;
    const int narrow = t_is_valgrind() ? 17 : 1;
    for (off_t at = 0; at < st.st_size; at += at < 200 ? narrow : wide) {
        unsigned char byte;
        ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
        byte ^= 4;
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
        ck_assert_int_ne(read_all(fd, &why), ERR_OK);
        byte ^= 4;
        ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    }
    t_ok(read_all(fd, &why));
    ck_assert_int_eq(pwrite(fd, "x", 1, st.st_size), 1);
    t_is(read_all(fd, &why), ERR_INVALID);
    close(fd);
}
END_TEST

START_TEST(only_its_key_opens_it)
{
    static const char other[] = "another key of forty characters, or more";
    const char *const old[] = {other, secret, NULL};
    struct err_note why = {""};
    int fd = written(10);
    t_ok(archive_keys_init(&keys, other, NULL, NULL));
    t_is(read_all(fd, &why), ERR_CONFIG);
    t_contains(why.text, "not the one it was made with");
    t_ok(archive_keys_init(&keys, other, old, NULL));
    t_ok(read_all(fd, &why));
    close(fd);
}
END_TEST

START_TEST(a_key_must_be_long)
{
    struct err_note why = {""};
    t_is(archive_keys_init(&keys, "", NULL, &why), ERR_CONFIG);
    t_contains(why.text, "backup.key: is not set");
    t_is(archive_keys_init(&keys, "short", NULL, &why), ERR_CONFIG);
    t_contains(why.text, "too short");
}
END_TEST

Suite *archive_suite(void)
{
    Suite *s = suite_create("archive");
    TCase *tc = t_case(s, "archive");
    tcase_add_loop_test(tc, what_goes_in_comes_out, 0,
                        sizeof(sizes) / sizeof(sizes[0]));
    tcase_add_test(tc, files_can_be_passed_over);
    tcase_add_test(tc, cut_off_anywhere_it_is_refused);
    tcase_add_test(tc, one_bit_anywhere_is_found);
    tcase_add_test(tc, only_its_key_opens_it);
    tcase_add_test(tc, a_key_must_be_long);
    return s;
}
