/*
 * count - the client table once, for callgrind to count the instructions of
 * bench_counted(), after another one that makes the room.
 */
#include "test/bench/tpl/ours.h"

size_t bench_counted(void);

__attribute__((noinline)) size_t bench_counted(void)
{
    size_t n;
    bench_fill();
    (void)bench_expand(&n);
    return n;
}

int main(void)
{
    size_t n;
    bench_init();
    bench_fill();
    (void)bench_expand(&n);
    return bench_counted() != n;
}
