/*
 * torn - a read of a file that is not of one moment.
 *
 * The unit tests are linked so that pread() of our own code, which is pread64()
 * there (off_t has 64 bits), comes here first.
 */
#ifndef PT_TEST_TORN_H
#define PT_TEST_TORN_H

#include <stddef.h>

/* Of the next pread() the first n bytes are read, then fn runs, then the rest
 * is read. */
void torn_read(size_t n, void (*fn)(void));

#endif
