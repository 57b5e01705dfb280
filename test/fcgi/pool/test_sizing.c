#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pool/sizing.h"
#include "test/suites.h"
#include "test/support.h"

suite_fn sizing_suite;

enum { MIB = 1 << 20 };

static const char *root; /* what stands for / */

static void setup(void)
{
    root = t_path("root");
}

/* A file below root, with its folders. */
static void put(const char *path, const char *text)
{
    char name[512];
    int n = snprintf(name, sizeof(name), "%s%s", root, path);
    ck_assert_int_lt(n, (int)sizeof(name));
    for (char *at = name + strlen(root); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(name, 0755);
        *at = '/';
    }
    t_write(name, text);
}

START_TEST(test_version_2)
{
    put("/proc/self/cgroup", "0::/web\n");
    put("/sys/fs/cgroup/web/cpu.max", "50000 100000\n");
    put("/sys/fs/cgroup/web/memory.max", "268435456\n");
    struct sizing s = sizing_read(root);
    ck_assert_double_eq(s.cpus, 0.5);
    ck_assert_int_eq(s.memory_bytes, 256 * MIB);
}
END_TEST

START_TEST(test_container_sees_its_group_as_the_top)
{
    put("/proc/self/cgroup", "0::/system.slice/docker-1.scope\n");
    put("/sys/fs/cgroup/cpu.max", "25000 100000\n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    struct sizing s = sizing_read(root);
    ck_assert_double_eq(s.cpus, 0.25);
    ck_assert_int_gt(s.memory_bytes, 0);
}
END_TEST

START_TEST(test_version_1)
{
    put("/proc/self/cgroup", "4:memory:/a\n3:cpuset,cpu:/b\n0::/\n");
    put("/sys/fs/cgroup/cpu/b/cpu.cfs_quota_us", "75000\n");
    put("/sys/fs/cgroup/cpu/b/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "134217728\n");
    struct sizing s = sizing_read(root);
    ck_assert_double_eq(s.cpus, 0.75);
    ck_assert_int_eq(s.memory_bytes, 128 * MIB);
}
END_TEST

START_TEST(test_no_limit)
{
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    struct sizing s = sizing_read(root), whole = sizing_read("/nowhere");
    ck_assert_double_ge(s.cpus, 1);
    ck_assert_double_eq(s.cpus, whole.cpus);
    ck_assert_int_eq(s.memory_bytes, whole.memory_bytes);
}
END_TEST

START_TEST(test_workers)
{
    static const struct {
        struct sizing s;
        int64_t min, max;
    } cases[] = {
        {{2, INT64_C(4096) * MIB}, 2, 8},
        {{0.5, INT64_C(4096) * MIB}, 1, 4},
        {{2.5, INT64_C(4096) * MIB}, 3, 12},
        {{4, 256 * MIB}, 4, 4}, /* room for four */
        {{4, 128 * MIB}, 2, 2}, /* room for two */
        {{4, 16 * MIB}, 1, 1},  /* for none: one all the same */
        {{900, INT64_C(1) << 40}, 900, 1024},
    };
    int64_t min, max;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sizing_workers(&cases[i].s, &min, &max);
        ck_assert_int_eq(min, cases[i].min);
        ck_assert_int_eq(max, cases[i].max);
    }
}
END_TEST

Suite *sizing_suite(void)
{
    Suite *s = suite_create("sizing");
    TCase *t = t_case(s, "sizing");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, test_version_2);
    tcase_add_test(t, test_container_sees_its_group_as_the_top);
    tcase_add_test(t, test_version_1);
    tcase_add_test(t, test_no_limit);
    tcase_add_test(t, test_workers);
    return s;
}
