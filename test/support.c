#include "test/support.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"

enum { ARENA_BYTES = 64 << 20, FILE_BYTES = 16 << 20 };

struct arena *t_arena;

enum { ROOM_BYTES = 512 << 20 };

static char dir[64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st UNUSED,
                      int type UNUSED, struct FTW *at UNUSED)
{
    return remove(path);
}

/* Check's children run this too: only who made the directory removes it. */
static void remove_dir(void)
{
    if (getpid() == owner)
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Memory where there is enough of it: both databases write a lot. */
static const char *base_dir(void)
{
    struct statvfs fs;
    bool roomy = statvfs("/dev/shm", &fs) == 0 &&
                 fs.f_bavail * fs.f_frsize > ROOM_BYTES &&
                 access("/dev/shm", W_OK) == 0;
    return roomy ? "/dev/shm" : "/tmp";
}

void t_begin(void)
{
    static const char *const surprises[] = {
        "DATABASE_URL",  "DATABASE_URL_FILE",
        "SECRET_KEY",    "SECRET_KEY_FILE",
        "AUDIT_KEY",     "AUDIT_KEY_FILE",
        "DEBUG",         "DEBUG_FILE",
        "PT_CONF",       "PGHOST",
        "PGPORT",        "PGUSER",
        "PGDATABASE",    "PGPASSWORD",
        "PGSERVICEFILE", "PGOPTIONS"};
    const struct rlimit no_core = {0, 0};
    for (size_t i = 0; i < ARRAY_LEN(surprises); i++)
        unsetenv(surprises[i]);
    setrlimit(RLIMIT_CORE, &no_core);
    snprintf(dir, sizeof(dir), "%s/pt-unit-XXXXXX", base_dir());
    if (mkdtemp(dir) == NULL || chmod(dir, 0711) != 0) {
        perror(dir);
        exit(EXIT_FAILURE);
    }
    owner = getpid();
    atexit(remove_dir);
}

static void setup(void)
{
    t_arena = arena_new(ARENA_BYTES, NULL, NULL);
}

static void teardown(void)
{
    t_arena = arena_free(t_arena);
}

TCase *t_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 30);
    suite_add_tcase(s, tc);
    return tc;
}

bool t_is_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

const char *t_dir(void)
{
    return dir;
}

const char *t_path(const char *name)
{
    static unsigned count;
    return arena_fmt(t_arena, "%s/%d-%u-%s", dir, (int)getpid(), count++, name);
}

void t_write(const char *path, const char *text)
{
    CLEANUP(fd_done) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_msg(fd >= 0 && fd_write_all(fd, text, strlen(text)),
                  "cannot write %s", path);
}

const char *t_read(const char *path)
{
    struct buf b;
    struct err_note why = {""};
    buf_init(&b, FILE_BYTES);
    enum err e = fd_read_file(path, &b, &why);
    const char *text = arena_dup(t_arena, buf_str(&b), b.n);
    buf_done(&b);
    ck_assert_msg(e == ERR_OK, "%s", why.text);
    return text;
}

const char *t_capture(int fd, void (*fn)(void))
{
    const char *path = t_path("captured");
    fflush(NULL);
    int saved = dup(fd);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ck_assert(saved >= 0 && file >= 0 && dup2(file, fd) == fd);
    fn();
    fflush(NULL);
    dup2(saved, fd);
    close(saved);
    close(file);
    return t_read(path);
}

int t_status_of(void (*fn)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        fn();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}
