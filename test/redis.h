/*
 * redis - a Redis server for tests, on a free port of loopback.
 *
 * Ownership  Its folder is removed with those of all tests; it is stopped by
 *            t_redis_stop(), or ends with the process that started it.
 */
#ifndef PT_TEST_REDIS_H
#define PT_TEST_REDIS_H

#include <stdbool.h>
#include <sys/types.h>

/* With signs that an address must escape. */
#define T_REDIS_PASSWORD "s3cret:/@"

struct t_redis {
    int port;
    const char *dir; /* keeps its snapshot from one start to the next */
    bool password;   /* it wants T_REDIS_PASSWORD */
    pid_t pid;       /* 0: not running */
};

void t_redis_create(struct t_redis *r);
void t_redis_start(struct t_redis *r); /* waits until it answers */
void t_redis_kill(struct t_redis *r);  /* SIGKILL */
const char *t_redis_url(const struct t_redis *r);

/* Sends words to it, ended by NULL, and returns the raw answer. */
const char *t_redis_say(const struct t_redis *r, const char *line);

#endif
