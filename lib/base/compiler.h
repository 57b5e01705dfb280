/*
 * compiler - the few compiler attributes and macros that every file may use.
 *
 * Layer      base.
 */
#ifndef PT_BASE_COMPILER_H
#define PT_BASE_COMPILER_H

#include <stddef.h>

/* A result that must not be dropped. */
#define MUST_USE __attribute__((warn_unused_result))

/* printf-like checking: `fmt` and `args` are parameter positions from 1. */
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* CLEANUP(free_done) char *p: runs free_done(&p) when p leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define NORETURN __attribute__((noreturn))
#define UNUSED   __attribute__((unused))

/* It reads memory that is not its own, as it means to. */
#define NO_SANITIZE __attribute__((no_sanitize("address")))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
