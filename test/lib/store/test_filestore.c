#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "store/filestore.h"
#include "test/support.h"

/* SHA-256 of "hello". Source: sha256sum(1). */
static const char hello[] =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

static const char *dir;

static struct filestore *open_store(void)
{
    struct filestore *s = NULL;
    struct err_note why = {""};
    ck_assert_msg(filestore_new(dir, &s, &why) == ERR_OK, "%s", why.text);
    return s;
}

static struct filestore *new_store(void)
{
    dir = arena_fmt(t_arena, "%s/a/b", t_path("store"));
    return open_store();
}

static struct filestore_temp *write_temp(struct filestore *s, struct arena *a,
                                         const char *text)
{
    struct filestore_temp *t = NULL;
    t_ok(filestore_begin(s, a, &t, NULL));
    t_ok(filestore_write(t, text, strlen(text), NULL));
    return t;
}

/* How many names lie in this folder of the store. */
static int count(const char *folder)
{
    const char *list = t_path("list");
    const char *command = arena_fmt(t_arena, "%s/%s", dir, folder);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(list, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, 1);
        execlp("ls", "ls", "-A", command, NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
    int n = 0;
    for (const char *c = t_read(list); *c != '\0'; c++)
        n += *c == '\n';
    return n;
}

static const char *place(const char *hash)
{
    return arena_fmt(t_arena, "%s/%s", dir, filestore_path(t_arena, hash));
}

START_TEST(a_kept_file_lies_under_its_hash)
{
    struct filestore *s = new_store();
    struct filestore_temp *t = NULL;
    const char *hash = "";
    t_ok(filestore_begin(s, t_arena, &t, NULL));
    t_ok(filestore_write(t, "hel", 3, NULL));
    t_ok(filestore_write(t, "lo", 2, NULL));
    ck_assert_int_eq(count("tmp"), 1);
    t_ok(filestore_keep(t, &hash, NULL));
    ck_assert_str_eq(hash, hello);
    ck_assert_int_eq(count("tmp"), 0);
    ck_assert_str_eq(t_read(place(hello)), "hello");
    struct stat st;
    ck_assert_int_eq(stat(place(hello), &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0640);
    filestore_drop(t); /* no harm any more */
    ck_assert_str_eq(t_read(place(hello)), "hello");
    filestore_free(s);
}
END_TEST

START_TEST(the_same_content_is_stored_once)
{
    struct filestore *s = new_store();
    const char *hash = "";
    for (int i = 0; i < 3; i++)
        t_ok(filestore_keep(write_temp(s, t_arena, "hello"), &hash, NULL));
    ck_assert_int_eq(count("2c/f2"), 1);
    ck_assert_int_eq(count("tmp"), 0);
    filestore_free(s);
}
END_TEST

START_TEST(what_is_not_kept_goes_with_its_arena)
{
    struct filestore *s = new_store();
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    write_temp(s, a, "one");
    filestore_drop(write_temp(s, a, "two"));
    ck_assert_int_eq(count("tmp"), 1);
    arena_reset(a);
    ck_assert_int_eq(count("tmp"), 0);
    arena_free(a);
    filestore_free(s);
}
END_TEST

START_TEST(only_what_nobody_writes_is_swept)
{
    struct filestore *s = new_store();
    struct filestore_temp *mine = write_temp(s, t_arena, "mine");
    pid_t pid = fork();
    if (pid == 0) {
        write_temp(s, t_arena, "left by a killed process");
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
    t_write(arena_fmt(t_arena, "%s/tmp/README", dir), "not ours");
    ck_assert_int_eq(count("tmp"), 3);
    struct filestore *next = open_store();
    ck_assert_int_eq(count("tmp"), 2);
    const char *hash = "";
    t_ok(filestore_keep(mine, &hash, NULL));
    ck_assert_str_eq(t_read(place(hash)), "mine");
    filestore_free(next);
    filestore_free(s);
}
END_TEST

START_TEST(a_kept_file_is_found_again)
{
    struct filestore *s = new_store();
    const char *hash = "";
    char text[8] = "";
    int fd = -1;
    t_is(filestore_open(s, hello, &fd, NULL), ERR_NOTFOUND);
    t_ok(filestore_keep(write_temp(s, t_arena, "hello"), &hash, NULL));
    t_ok(filestore_open(s, hash, &fd, NULL));
    ck_assert_int_eq(read(fd, text, sizeof(text)), 5);
    ck_assert_str_eq(text, "hello");
    close(fd);
    filestore_free(s);
}
END_TEST

START_TEST(only_a_hash_is_a_path)
{
    static const char *const others[] = {
        "",
        "../../etc/passwd",
        "abcd",
        "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b98240",
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982/"};
    struct filestore *s = new_store();
    int fd = -1;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        ck_assert_ptr_null(filestore_path(t_arena, others[i]));
        t_is(filestore_open(s, others[i], &fd, NULL), ERR_NOTFOUND);
    }
    ck_assert_str_eq(filestore_path(t_arena, hello),
                     arena_fmt(t_arena, "2c/f2/%s", hello));
    filestore_free(s);
}
END_TEST

/* A limit of file sizes stands in for a full disk. */
START_TEST(a_full_disk_has_a_name)
{
    struct filestore *s = new_store();
    struct filestore_temp *t = write_temp(s, t_arena, "fits");
    struct rlimit before, small;
    struct err_note why = {""};
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 8;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    enum err e = filestore_write(t, "does not fit", 12, &why);
    setrlimit(RLIMIT_FSIZE, &before);
    t_is(e, ERR_NOSPACE);
    t_contains(why.text, "files: writing: ");
    filestore_drop(t);
    ck_assert_int_eq(count("tmp"), 0);
    filestore_free(s);
}
END_TEST

START_TEST(what_nobody_speaks_of_can_be_removed)
{
    struct filestore *s = new_store();
    const char *hash = "";
    struct arena *a = arena_new(1 << 20, NULL, NULL);
    t_ok(filestore_keep(write_temp(s, a, "hello"), &hash, NULL));
    t_ok(filestore_remove(s, hello, -60, NULL)); /* still being brought */
    arena_free(a);
    t_ok(filestore_remove(s, hello, 60, NULL)); /* too young */
    ck_assert_str_eq(t_read(place(hello)), "hello");
    t_ok(filestore_remove(s, hello, -60, NULL));
    ck_assert_int_eq(count("2c/f2"), 0);
    ck_assert_int_eq(count("tmp"), 0);
    t_ok(filestore_remove(s, hello, -60, NULL)); /* gone already */
    t_is(filestore_remove(s, "../x", -60, NULL), ERR_NOTFOUND);
    t_ok(filestore_keep(write_temp(s, t_arena, "hello"), &hash, NULL));
    ck_assert_str_eq(t_read(place(hello)), "hello");
    filestore_free(s);
}
END_TEST

START_TEST(a_folder_that_cannot_be_is_named)
{
    const char *file = t_path("file");
    struct filestore *s = NULL;
    struct err_note why = {""};
    t_write(file, "not a folder");
    t_is(filestore_new(arena_fmt(t_arena, "%s/files", file), &s, &why),
         ERR_CONFIG);
    t_contains(why.text, arena_fmt(t_arena, "files.dir: %s/files: ", file));
    ck_assert_ptr_null(s);
    ck_assert_ptr_null(filestore_free(NULL));
}
END_TEST

static enum err note_hash(void *arg, const char *hash)
{
    char *all = arg;
    strncat(all, hash, 4);
    return ERR_OK;
}

static enum err stop(void *arg, const char *hash UNUSED)
{
    ++*(int *)arg;
    return ERR_CONFLICT;
}

START_TEST(each_file_is_told_of)
{
    struct filestore *s = new_store();
    const char *hash;
    char all[64] = "";
    int n = 0;
    t_ok(filestore_each(s, note_hash, all, NULL));
    ck_assert_str_eq(all, "");
    t_ok(filestore_keep(write_temp(s, t_arena, "hello"), &hash, NULL));
    struct filestore_temp *on_its_way = write_temp(s, t_arena, "still coming");
    t_ok(filestore_each(s, note_hash, all, NULL));
    ck_assert_str_eq(all, "2cf2");
    t_ok(filestore_keep(write_temp(s, t_arena, "other"), &hash, NULL));
    t_is(filestore_each(s, stop, &n, NULL), ERR_CONFLICT);
    ck_assert_int_eq(n, 1);
    filestore_drop(on_its_way); /* the arena outlives the store */
    filestore_free(s);
}
END_TEST

Suite *filestore_suite(void)
{
    Suite *s = suite_create("filestore");
    TCase *tc = t_case(s, "filestore");
    tcase_add_test(tc, a_kept_file_lies_under_its_hash);
    tcase_add_test(tc, the_same_content_is_stored_once);
    tcase_add_test(tc, what_is_not_kept_goes_with_its_arena);
    tcase_add_test(tc, only_what_nobody_writes_is_swept);
    tcase_add_test(tc, a_kept_file_is_found_again);
    tcase_add_test(tc, only_a_hash_is_a_path);
    tcase_add_test(tc, each_file_is_told_of);
    tcase_add_test(tc, what_nobody_speaks_of_can_be_removed);
    tcase_add_test(tc, a_full_disk_has_a_name);
    tcase_add_test(tc, a_folder_that_cannot_be_is_named);
    return s;
}
