/*
 * rand - random bytes from the kernel, and text forms of them.
 *
 * Errors     The process aborts if the kernel has no randomness to give:
 *            going on with guessable tokens would be worse.
 * Layer      base.
 */
#ifndef PT_BASE_RAND_H
#define PT_BASE_RAND_H

#include <stddef.h>

void rand_bytes(void *p, size_t n);

/*
 * The same without a system call each time, from a stock in memory, which a
 * forked child does not share. For what is no secret itself, such as a mask:
 * who could read this process's memory would know those of the future.
 */
void rand_mask(void *p, size_t n);

/* 2 * n lowercase hex digits and a NUL. */
void rand_hex(char *ret_text, size_t n);

/* A UUID of version 7 (time ordered), 36 characters. Source: RFC 9562. */
void rand_uuid7(char ret_text[37]);

#endif
