#include "store/redis_reply.h"

#include <errno.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10 /* most pages as a whole */ };

static bool send_all(redisContext *conn)
{
    int done = 0;
    while (!done)
        if (redisBufferWrite(conn, &done) != REDIS_OK)
            return false;
    return true;
}

bool redis_reply(redisContext *conn, void **ret_reply)
{
    char piece[READ_BYTES];
    void *reply = NULL;
    if (redisGetReplyFromReader(conn, &reply) != REDIS_OK ||
        (reply == NULL && !send_all(conn)))
        return false;
    while (reply == NULL) {
        ssize_t n = read(conn->fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 ||
            redisReaderFeed(conn->reader, piece, (size_t)n) != REDIS_OK ||
            redisGetReplyFromReader(conn, &reply) != REDIS_OK)
            return false;
    }
    *ret_reply = reply;
    return true;
}
