#include "histogram.h"

size_t histogram_bucket(int64_t us)
{
    if (us <= 1 << HISTOGRAM_FIRST)
        return 0;
    /* the least i with us <= 2^(FIRST + i) */
    size_t bits = 64 - (size_t)__builtin_clzll((uint64_t)us - 1);
    size_t i = bits - HISTOGRAM_FIRST;
    return i < HISTOGRAM_BUCKETS ? i : HISTOGRAM_BUCKETS - 1;
}

int64_t histogram_limit_us(size_t bucket)
{
    return bucket < HISTOGRAM_BUCKETS - 1
               ? INT64_C(1) << (HISTOGRAM_FIRST + bucket)
               : INT64_MAX;
}

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t histogram_total(const struct histogram *h)
{
    uint64_t n = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        n = add(n, h->count[i]);
    return n;
}

void histogram_add(struct histogram *to, const struct histogram *more)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        to->count[i] = add(to->count[i], more->count[i]);
    to->sum_us = add(to->sum_us, more->sum_us);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

void histogram_since(struct histogram *h, const struct histogram *before)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        h->count[i] = less(h->count[i], before->count[i]);
    h->sum_us = less(h->sum_us, before->sum_us);
}

int64_t histogram_quantile_us(const struct histogram *h, double q)
{
    uint64_t n = histogram_total(h), seen = 0;
    double rank = q * (double)n;
    size_t i = 0;
    if (n == 0)
        return -1;
    while (i < HISTOGRAM_BUCKETS - 1 && (double)(seen + h->count[i]) < rank)
        seen += h->count[i++];
    int64_t low = i > 0 ? histogram_limit_us(i - 1) : 0;
    if (i == HISTOGRAM_BUCKETS - 1) /* no limit: at least so much */
        return low;
    int64_t width = histogram_limit_us(i) - low;
    double part =
        h->count[i] > 0 ? (rank - (double)seen) / (double)h->count[i] : 1;
    return low + (int64_t)(part * (double)width);
}
