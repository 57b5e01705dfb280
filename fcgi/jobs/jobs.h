/*
 * jobs - does what is due, one job after the other, until told to stop.
 *
 * TERM, QUIT and INT end the process after the present job, USR1 opens the
 * log again.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_JOBS_JOBS_H
#define PT_FCGI_JOBS_JOBS_H

#include "jobs/sender.h"
#include "out/job.h"

/* Exit codes; the supervisor shows them. */
enum {
    JOBS_OK = 0,
    JOBS_USAGE = 64,       /* EX_USAGE */
    JOBS_UNAVAILABLE = 69, /* EX_UNAVAILABLE: database */
    JOBS_NO_MEMORY = 70,   /* EX_SOFTWARE: a job wanted too much */
    JOBS_CONFIG = 78       /* EX_CONFIG */
};

/*
 * Returns an exit code; sets env->name and env->stop. Looks after the sender
 * meanwhile.
 */
int jobs_run(struct job_env *env, struct sender *sender,
             const struct job_kind *const *tables);

#endif
