#include "test/sql_coverage.h"

#include <elf.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <link.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"

enum { MAX_NOTES = 1 << 16, ON_PG = 1, ON_SQLITE = 2 };

/* Shared with the processes that Check makes for the tests. */
static struct notes {
    atomic_size_t n;
    struct {
        const char *sql;
        int where;
    } items[MAX_NOTES];
} * notes;

static void note(const char *sql, int where)
{
    for (size_t i = 0; notes != NULL && i < notes->n && i < MAX_NOTES; i++)
        if (notes->items[i].sql == sql && notes->items[i].where == where)
            return;
    size_t i = notes != NULL ? atomic_fetch_add(&notes->n, 1) : MAX_NOTES;
    if (i >= MAX_NOTES)
        return;
    notes->items[i].sql = sql;
    notes->items[i].where = where;
}

/* The linker's names of the real functions and of those put before them. */
PGresult *__real_PQprepare(PGconn *conn, const char *name, const char *sql,
                           int n, const Oid *types);
PGresult *__wrap_PQprepare(PGconn *conn, const char *name, const char *sql,
                           int n, const Oid *types);
int __real_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n,
                              unsigned flags, sqlite3_stmt **ret_stmt,
                              const char **ret_tail);
int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n,
                              unsigned flags, sqlite3_stmt **ret_stmt,
                              const char **ret_tail);

PGresult *__wrap_PQprepare(PGconn *conn, const char *name, const char *sql,
                           int n, const Oid *types)
{
    PGresult *res = __real_PQprepare(conn, name, sql, n, types);
    if (PQresultStatus(res) == PGRES_COMMAND_OK)
        note(sql, ON_PG);
    return res;
}

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n,
                              unsigned flags, sqlite3_stmt **ret_stmt,
                              const char **ret_tail)
{
    int rc = __real_sqlite3_prepare_v3(db, sql, n, flags, ret_stmt, ret_tail);
    if (rc == SQLITE_OK)
        note(sql, ON_SQLITE);
    return rc;
}

void sql_coverage_begin(void)
{
    void *p = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        abort();
    notes = p;
}

/* --- the symbols of this program --- */

struct image {
    const char *file; /* mapped */
    size_t size;
    uintptr_t base; /* where the program lies in memory */
    const Elf64_Sym *symbols;
    size_t n;
    const char *names;
};

static int take_base(struct dl_phdr_info *info, size_t size UNUSED, void *base)
{
    *(uintptr_t *)base = info->dlpi_addr;
    return 1; /* the first is the program itself */
}

static bool open_image(struct image *im)
{
    struct stat st;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    im->size = (size_t)st.st_size;
    void *p = mmap(NULL, im->size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED)
        return false;
    im->file = p;
    const Elf64_Ehdr *head = p;
    const Elf64_Shdr *sections = (const void *)(im->file + head->e_shoff);
    for (size_t i = 0; i < head->e_shnum; i++) {
        if (sections[i].sh_type != SHT_SYMTAB)
            continue;
        im->symbols = (const void *)(im->file + sections[i].sh_offset);
        im->n = sections[i].sh_size / sizeof(Elf64_Sym);
        im->names = im->file + sections[sections[i].sh_link].sh_offset;
    }
    dl_iterate_phdr(take_base, &im->base);
    return im->n > 0;
}

static bool was_prepared(uintptr_t address, int where)
{
    size_t n = notes->n < MAX_NOTES ? notes->n : MAX_NOTES;
    for (size_t i = 0; i < n; i++)
        if ((uintptr_t)notes->items[i].sql == address &&
            notes->items[i].where == where)
            return true;
    return false;
}

/* True when it is missing on one of the databases it is for. */
static bool report_symbol(const char *name, uintptr_t address)
{
    bool pg =
        was_prepared(address, ON_PG) || strncmp(name, "sql_sqlite_", 11) == 0;
    bool sqlite =
        was_prepared(address, ON_SQLITE) || strncmp(name, "sql_pg_", 7) == 0;
    if (!pg)
        printf("sql: %s was never prepared on PostgreSQL\n", name);
    if (!sqlite)
        printf("sql: %s was never prepared on SQLite\n", name);
    return !pg || !sqlite;
}

static bool is_constant(const struct image *im, size_t i)
{
    return ELF64_ST_TYPE(im->symbols[i].st_info) == STT_OBJECT &&
           strncmp(im->names + im->symbols[i].st_name, "sql_", 4) == 0;
}

/* How often name stands in the generated list, or in the symbol table. */
static size_t count_listed(const char *name)
{
    size_t n = 0;
    for (size_t i = 0; listed_sql[i] != NULL; i++)
        n += strcmp(listed_sql[i], name) == 0;
    return n;
}

static size_t count_linked(const struct image *im, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < im->n; i++)
        n += is_constant(im, i) &&
             strcmp(im->names + im->symbols[i].st_name, name) == 0;
    return n;
}

void sql_coverage_each(sql_coverage_fn *fn, void *arg)
{
    struct image im = {0};
    if (!open_image(&im))
        return;
    for (size_t i = 0; i < im.n; i++)
        if (is_constant(&im, i))
            fn(arg, im.names + im.symbols[i].st_name,
               (const char *)(im.base + im.symbols[i].st_value));
    munmap((void *)(uintptr_t)im.file, im.size);
}

size_t sql_coverage_report(void)
{
    struct image im = {0};
    size_t missing = 0;
    if (!open_image(&im)) {
        printf("sql: this program has no symbol table to compare with\n");
        return 1;
    }
    for (size_t i = 0; i < im.n; i++)
        if (is_constant(&im, i))
            missing += report_symbol(im.names + im.symbols[i].st_name,
                                     im.base + im.symbols[i].st_value);
    for (size_t i = 0; listed_sql[i] != NULL; i++) {
        if (count_linked(&im, listed_sql[i]) == count_listed(listed_sql[i]))
            continue;
        printf("sql: %s is not linked as an object of its own\n",
               listed_sql[i]);
        missing++;
    }
    munmap((void *)(uintptr_t)im.file, im.size);
    return missing;
}
