/*
 * apparmor - the profile that a worker is executed in.
 *
 * Without a library: the kernel takes "exec PROFILE" in a file of the process
 * that is about to execute.
 *
 * Source     aa_change_onexec(2); security/apparmor/lsm.c of Linux 6.1.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_POOL_APPARMOR_H
#define PT_FCGI_POOL_APPARMOR_H

#include <stdbool.h>

#include "base/err.h"

/* CONFIG when it is no name, or this kernel has no AppArmor. */
enum err apparmor_check(const char *profile, struct err_note *why) MUST_USE;

/*
 * The next exec of this process enters the profile; false, with errno, when it
 * may not, or there is no such profile. Needs no memory: for after a fork.
 */
bool apparmor_enter(const char *profile);

#endif
