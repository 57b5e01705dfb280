/*
 * sql_coverage - proof that every SQL constant was prepared on both databases.
 *
 * The linker sends PQprepare() and sqlite3_prepare_v3() through us
 * (--wrap, see the Makefile); the address of each text they accept is noted
 * in memory that all test processes share. At the end the symbol table of
 * this program tells which constants there are: objects called sql_…, those
 * called sql_pg_… or sql_sqlite_… for one of them alone. The list generated
 * from the sources (scripts/gen-sql-list) makes sure that none of them hides.
 */
#ifndef PT_TEST_SQL_COVERAGE_H
#define PT_TEST_SQL_COVERAGE_H

#include <stddef.h>

/* Names of all constants in the sources, ends with NULL; generated. */
extern const char *const listed_sql[];

/* Before any test process is made. */
void sql_coverage_begin(void);

/* fn for every constant of this program. */
typedef void sql_coverage_fn(void *arg, const char *name, const char *sql);
void sql_coverage_each(sql_coverage_fn *fn, void *arg);

/* Prints what is missing, and returns how many constants that are. */
size_t sql_coverage_report(void);

#endif
