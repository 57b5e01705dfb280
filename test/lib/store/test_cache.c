/* What every kind of cache does; the kinds have their own tests beside this. */
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "store/cache_impl.h"
#include "test/cache.h"

static struct t_caches t;
static struct tables client, user, both, none;

static void begin(int which)
{
    t_caches_new(&t, which);
    client = t_tags("client");
    user = t_tags("app_user");
    both = t_tags("app_user client");
    none = t_tags("");
}

#define finds(c, key, tags, what)                                              \
    ck_assert_str_eq(t_found((c), (key), (tags)), (what))

START_TEST(what_one_keeps_the_other_finds)
{
    begin(_i);
    finds(t.a, "k", &client, "miss");
    t_keep(t.a, "k", &client, "value");
    finds(t.a, "k", &client, "hit:value");
    finds(t.b, "k", &client, "hit:value");
    finds(t.b, "K", &client, "miss");
    t_keep(t.b, "k", &client, "newer");
    finds(t.a, "k", &client, "hit:newer");
    t_keep(t.a, "of nothing", &none, "still");
    finds(t.b, "of nothing", &none, "hit:still");
    const struct cache_counts *n = cache_counts(t.b);
    ck_assert_uint_eq(n->hits, 3);
    ck_assert_uint_eq(n->misses, 1);
    t_caches_done(&t);
}
END_TEST

START_TEST(values_of_any_size)
{
    static const size_t sizes[] = {0, 1, 7, 8, 9, 50000, 100003,
                                   MAX_CACHE_VALUE,
                                   /* and one that is too large */
                                   MAX_CACHE_VALUE + 1};
    begin(_i);
    char *bytes = arena_alloc(t_arena, MAX_CACHE_VALUE + 1);
    for (size_t i = 0; i <= MAX_CACHE_VALUE; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        const char *key = arena_fmt(t_arena, "%zu", i);
        struct cache_item item = t_look(t.a, key, &client);
        cache_put(t.a, &item, bytes, sizes[i]);
        item = t_look(t.b, key, &client);
        if (sizes[i] > MAX_CACHE_VALUE) {
            ck_assert_int_eq(item.state, CACHE_MISS);
            continue;
        }
        ck_assert_int_eq(item.state, CACHE_HIT);
        ck_assert_uint_eq(item.n, sizes[i]);
        ck_assert_mem_eq(item.value, bytes, sizes[i]);
        ck_assert_int_eq(item.value[item.n], '\0');
    }
    t_caches_done(&t);
}
END_TEST

START_TEST(one_look_for_several)
{
    begin(_i);
    t_keep(t.a, "x", &user, "of users");
    struct cache_item items[3] = {t_look(t.b, "y", &client),
                                  t_look(t.b, "x", &user),
                                  t_look(t.b, "z", &both)};
    cache_get(t.b, t_arena, items, 3);
    ck_assert_int_eq(items[0].state, CACHE_MISS);
    ck_assert_int_eq(items[1].state, CACHE_HIT);
    ck_assert_str_eq(items[1].value, "of users");
    ck_assert_int_eq(items[2].state, CACHE_MISS);
    ck_assert_uint_eq(items[2].stamp.n, 3);
    t_caches_done(&t);
}
END_TEST

START_TEST(a_write_makes_it_void)
{
    struct cache_write w;
    begin(_i);
    t_keep(t.a, "c", &client, "old");
    t_keep(t.a, "u", &user, "other");
    t_keep(t.a, "b", &both, "joined");
    ck_assert(cache_write_begin(t.a, &client, &w));
    finds(t.a, "c", &client, "closed");
    finds(t.b, "c", &client, "closed");
    finds(t.b, "b", &both, "closed");
    finds(t.b, "u", &user, "hit:other");
    t_keep(t.b, "c", &client, "too early"); /* is not kept */
    cache_write_end(t.a, &w);
    finds(t.a, "c", &client, "miss");
    finds(t.b, "c", &client, "miss");
    finds(t.b, "b", &both, "miss");
    finds(t.b, "u", &user, "hit:other");
    t_keep(t.b, "c", &client, "new");
    finds(t.a, "c", &client, "hit:new");
    t_caches_done(&t);
}
END_TEST

START_TEST(what_was_read_before_a_write_is_not_kept)
{
    struct cache_write w;
    begin(_i);
    struct cache_item before = t_look(t.b, "c", &client);
    ck_assert(cache_write_begin(t.a, &client, &w));
    struct cache_item during = t_look(t.b, "c", &client);
    cache_put(t.b, &before, "old", 3); /* a reader that was slow */
    finds(t.b, "c", &client, "closed");
    cache_write_end(t.a, &w);
    cache_put(t.b, &during, "old", 3);
    finds(t.b, "c", &client, "miss");
    cache_put(t.b, &before, "old", 3);
    finds(t.b, "c", &client, "miss");
    t_caches_done(&t);
}
END_TEST

START_TEST(writes_of_one_table_at_once)
{
    enum { MANY = 9 };
    struct cache_write w[MANY];
    begin(_i);
    for (int i = 0; i < MANY; i++)
        ck_assert(cache_write_begin(i % 2 ? t.a : t.b, &client, &w[i]));
    for (int i = 0; i < MANY; i++) {
        finds(t.a, "c", &client, "closed");
        cache_write_end(i % 2 ? t.a : t.b, &w[i]);
    }
    t_caches_done(&t);
}
END_TEST

START_TEST(two_writes_that_overlap)
{
    struct cache_write first, second;
    begin(_i);
    t_keep(t.a, "c", &client, "old");
    ck_assert(cache_write_begin(t.a, &client, &first));
    ck_assert(cache_write_begin(t.b, &both, &second));
    cache_write_end(t.a, &first);
    finds(t.a, "c", &client, "closed");
    cache_write_end(t.b, &second);
    finds(t.a, "c", &client, "miss");
    t_caches_done(&t);
}
END_TEST

/* Its process was killed: nobody knows how the write ended. */
START_TEST(a_write_that_never_ends)
{
    struct cache_write w;
    begin(_i);
    t_keep(t.a, "c", &client, "old");
    t.a->write_ms = 60;
    int64_t start = clock_ms();
    ck_assert(cache_write_begin(t.a, &client, &w));
    const char *found = t_found(t.b, "c", &client);
    if (clock_ms() - start < 60) /* a busy machine may let us sleep on */
        ck_assert_str_eq(found, "closed");
    poll(NULL, 0, 80);
    finds(t.b, "c", &client, "miss");
    t_keep(t.b, "c", &client, "new");
    finds(t.a, "c", &client, "hit:new");
    /* another write does not lengthen what the dead one left behind */
    ck_assert(cache_write_begin(t.a, &client, &w));
    poll(NULL, 0, 80);
    ck_assert(cache_write_begin(t.b, &client, &w));
    cache_write_end(t.b, &w);
    finds(t.b, "c", &client, "miss");
    t_caches_done(&t);
}
END_TEST

START_TEST(a_new_epoch_makes_everything_void)
{
    begin(_i);
    t_keep(t.a, "c", &client, "old");
    t_keep(t.a, "u", &user, "old");
    t.epoch = 5;
    cache_raise(t.b);
    finds(t.a, "c", &client, "miss");
    finds(t.a, "u", &user, "miss");
    t_keep(t.a, "c", &client, "new");
    t.epoch = 4; /* read earlier by a slower process */
    cache_raise(t.b);
    finds(t.a, "c", &client, "hit:new");
    t_caches_done(&t);
}
END_TEST

START_TEST(another_program_has_its_own_values)
{
    begin(_i);
    struct cache *other = t_cache_open(&t, "two");
    struct cache_write w;
    t_cache_attend(&t, other);
    t_keep(t.a, "c", &client, "of one");
    finds(other, "c", &client, "miss");
    /* but they tell each other of writes */
    ck_assert(cache_write_begin(other, &client, &w));
    cache_write_end(other, &w);
    finds(t.a, "c", &client, "miss");
    cache_close(other);
    t_caches_done(&t);
}
END_TEST

START_TEST(one_computes_the_others_wait)
{
    begin(_i);
    struct cache_item a = t_look(t.a, "c", &client);
    struct cache_item b = t_look(t.b, "c", &client);
    struct cache_item other = t_look(t.b, "d", &client);
    ck_assert(cache_claim(t.a, &a));
    ck_assert(!cache_claim(t.b, &b));
    ck_assert(cache_claim(t.b, &other));
    cache_put(t.a, &a, "done", 4);
    finds(t.b, "c", &client, "hit:done");
    ck_assert(cache_claim(t.b, &b)); /* it is free again */
    ck_assert(!cache_claim(t.a, &a));
    cache_disclaim(t.b, &b);
    ck_assert(cache_claim(t.a, &a));
    static char large[MAX_CACHE_VALUE + 1];
    cache_put(t.a, &a, large, sizeof(large)); /* is not kept */
    ck_assert(cache_claim(t.b, &b));
    ck_assert(!cache_claim(t.a, &a));
    poll(NULL, 0, CACHE_LEASE_MS + 20); /* who had it died */
    ck_assert(cache_claim(t.a, &a));
    t_caches_done(&t);
}
END_TEST

START_TEST(without_an_epoch_it_is_closed)
{
    begin(_i);
    struct cache *c = t_cache_open(&t, "one");
    struct cache_item item = t_look(c, "c", &client);
    ck_assert_int_eq(item.state, CACHE_CLOSED);
    ck_assert(cache_claim(c, &item));
    cache_put(c, &item, "x", 1);
    cache_close(c);
    t_caches_done(&t);
}
END_TEST

START_TEST(no_cache_at_all)
{
    struct cache *c;
    struct cache_write w;
    struct err_note why;
    struct cache_conf conf = {.url = "none", .build = ""};
    client = t_tags("client");
    t_ok(cache_open(&conf, &c, &why));
    ck_assert_ptr_null(c);
    struct cache_item item = t_look(c, "c", &client);
    ck_assert_int_eq(item.state, CACHE_CLOSED);
    ck_assert(cache_claim(c, &item));
    cache_put(c, &item, "x", 1);
    ck_assert(cache_write_begin(c, &client, &w));
    cache_write_end(c, &w);
    cache_raise(c);
    cache_use_epoch(c, NULL, NULL);
    ck_assert(!cache_is_remote(c));
    ck_assert_ptr_null(cache_counts(c));
    ck_assert_ptr_null(cache_close(c));
}
END_TEST

START_TEST(what_no_address_is)
{
    static const char *const urls[] = {
        "",
        "memcached://x",
        "shm:",
        "shm:x",
        "shm:64",
        "shm:64MB",
        "shm:7MiB",
        "shm:-64MiB",
        "shm:99999999999999999999MiB",
        "shm:65GiB",
        "shm:9223372036854775807GiB",
        "redis://",
        "redis://host:0",
        "redis://host:70000",
        "redis://host:port",
        "redis://host/x",
        "redis://only-user@host",
        "redis://:%zz@host",
        "redis://[::1",
        "rediss://host",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct cache *c;
        struct err_note why = {""};
        struct cache_conf conf = {.url = urls[i], .shm_fd = -1, .build = ""};
        ck_assert_msg(cache_open(&conf, &c, &why) == ERR_CONFIG, "%s", urls[i]);
        t_contains(why.text, "cache.url: ");
    }
}
END_TEST

START_TEST(addresses)
{
    static const char *const urls[] = {
        "shm",
        "shm:8MiB",
        "shm:1GiB",
        "redis://localhost",
        "redis://localhost/",
        "redis://:@localhost:6380/3",
        "redis://user:p%20w@localhost/0",
        "redis://[::1]:6379/1",
        "redis://[::1]",
    };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct cache *c;
        struct err_note why = {""};
        struct cache_conf conf = {.url = urls[i], .shm_fd = -1, .build = ""};
        ck_assert_msg(cache_open(&conf, &c, &why) == ERR_OK, "%s: %s", urls[i],
                      why.text);
        cache_close(c);
    }
}
END_TEST

Suite *cache_suite(void)
{
    Suite *s = suite_create("cache");
    TCase *tc = t_case(s, "each");
    t_add_caches(tc, what_one_keeps_the_other_finds);
    t_add_caches(tc, values_of_any_size);
    t_add_caches(tc, one_look_for_several);
    t_add_caches(tc, a_write_makes_it_void);
    t_add_caches(tc, what_was_read_before_a_write_is_not_kept);
    t_add_caches(tc, writes_of_one_table_at_once);
    t_add_caches(tc, two_writes_that_overlap);
    t_add_caches(tc, a_write_that_never_ends);
    t_add_caches(tc, a_new_epoch_makes_everything_void);
    t_add_caches(tc, another_program_has_its_own_values);
    t_add_caches(tc, one_computes_the_others_wait);
    t_add_caches(tc, without_an_epoch_it_is_closed);
    tc = t_case(s, "open");
    tcase_add_test(tc, no_cache_at_all);
    tcase_add_test(tc, what_no_address_is);
    tcase_add_test(tc, addresses);
    return s;
}
