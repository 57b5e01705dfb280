/*
 * build - which program this is.
 *
 * Two processes with the same build id run the same code with the same
 * templates and addresses of static files.
 *
 * Source     the NT_GNU_BUILD_ID note that the linker writes (ELF, --build-id).
 * Layer      base.
 */
#ifndef PT_BASE_BUILD_H
#define PT_BASE_BUILD_H

enum { BUILD_ID_TEXT = 65 }; /* hex digits of up to 32 bytes, and a NUL */

/* The build id of the running program in hex; "" when it has none. */
void build_id(char ret[BUILD_ID_TEXT]);

#endif
