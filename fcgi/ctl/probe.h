/*
 * probe - is somebody answering? For health checks of containers and scripts.
 *
 * Errors     UNAVAIL when nobody answers whole and in time; the note says what
 *            was wrong.
 * Source     FastCGI specification 1.0; RFC 3875, 6.3.3 (Status).
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_PROBE_H
#define PT_FCGI_CTL_PROBE_H

#include "base/err.h"
#include "ctl/command.h"

/*
 * Asks for path over FastCGI at address (unix:PATH, HOST:PORT, [IPV6]:PORT) as
 * nginx would: *ret_status is the status of the answer, which is read to its
 * end. A program that ends its request but not well is no answer.
 */
enum err probe_ask(const char *address, const char *path, int *ret_status,
                   struct err_note *why) MUST_USE;

/* probe [ADDRESS [PATH]]: without an address the supervisor is asked. */
int probe_run(struct ctl *ctl, int argc, char **argv);

#endif
