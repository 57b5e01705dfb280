/*
 * histogram - how often something took how long, in powers of two.
 *
 * Bucket i counts what took at most histogram_limit_us(i), and more than the
 * limit before: 128 µs, 256 µs … 16.8 s; the last one has no limit.
 *
 * Units      Microseconds.
 * Layer      fcgi.
 */
#ifndef PT_FCGI_HISTOGRAM_H
#define PT_FCGI_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_FIRST = 7, /* log2 of the first limit */
    HISTOGRAM_BUCKETS = 19
};

struct histogram {
    uint64_t count[HISTOGRAM_BUCKETS];
    uint64_t sum_us;
};

size_t histogram_bucket(int64_t us);

/* Of the last bucket: INT64_MAX. */
int64_t histogram_limit_us(size_t bucket);

uint64_t histogram_total(const struct histogram *h);

/* Sums stay at their most instead of beginning anew. */
void histogram_add(struct histogram *to, const struct histogram *more);

/* What was counted since `before`; nothing where it has become less. */
void histogram_since(struct histogram *h, const struct histogram *before);

/*
 * The time that the part q (0 … 1) of all stayed below, as if those of one
 * bucket were spread evenly over it; -1 when there is nothing.
 */
int64_t histogram_quantile_us(const struct histogram *h, double q);

#endif
