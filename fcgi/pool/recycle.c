#include "pool/recycle.h"

static bool is_large(const struct pool_conf *c, const struct recycle_look *at)
{
    return c->max_memory_bytes > 0 && at->memory_bytes >= c->max_memory_bytes;
}

const char *recycle_reason(const struct pool_conf *c,
                           const struct recycle_look *at)
{
    if (c->max_requests > 0 && at->requests >= (uint64_t)c->max_requests)
        return "max_requests";
    if (c->max_age_ms > 0 && at->age_ms >= c->max_age_ms)
        return "max_age";
    if (is_large(c, at) && at->age_ms >= RECYCLE_MEMORY_MS)
        return "max_memory";
    return NULL;
}

bool recycle_is_early(const struct pool_conf *c, const struct recycle_look *at)
{
    return is_large(c, at) && at->age_ms < RECYCLE_MEMORY_MS;
}
