#include <check.h>
#include <signal.h>
#include <string.h>

#include "pool/slot.h"
#include "test/suites.h"

suite_fn slot_suite;

/* A world that only remembers what was asked of it. */
struct world {
    bool can_spawn, respawns;
    int64_t retry_at;
    int spawned, readied, ended, last_signal, signals;
};

static struct world *world_of(struct slot *s)
{
    return s->owner;
}

static bool fake_spawn(struct slot *s)
{
    struct world *w = world_of(s);
    if (!w->can_spawn)
        return false;
    w->spawned++;
    s->pid = 100 + w->spawned;
    s->start_ms = 1000;
    s->stop_ms = 3000;
    return true;
}

static void fake_send(struct slot *s, int sig)
{
    world_of(s)->last_signal = sig;
    world_of(s)->signals++;
}

static void fake_ready(struct slot *s)
{
    world_of(s)->readied++;
}

static void fake_ended(struct slot *s)
{
    world_of(s)->ended++;
    s->pid = 0;
}

static bool fake_respawns(struct slot *s)
{
    return world_of(s)->respawns;
}

static int64_t fake_retry_at(struct slot *s, int64_t now)
{
    (void)now;
    return world_of(s)->retry_at;
}

static const struct slot_ops fake_ops = {
    .spawn = fake_spawn,
    .send = fake_send,
    .ready = fake_ready,
    .ended = fake_ended,
    .respawns = fake_respawns,
    .retry_at = fake_retry_at,
};

/* A slot brought to ready at time 100. */
static struct slot ready_slot(struct world *w)
{
    *w = (struct world){.can_spawn = true, .respawns = true};
    struct slot s = {.ops = &fake_ops, .owner = w};
    slot_event(&s, EV_START, 0);
    ck_assert_int_eq(s.state, ST_STARTING);
    ck_assert_int_eq(s.deadline_ms, 1000);
    slot_event(&s, EV_READY, 100);
    ck_assert_int_eq(s.state, ST_READY);
    ck_assert_int_eq(s.deadline_ms, 0);
    return s;
}

START_TEST(test_start_and_drain)
{
    struct world w;
    struct slot s = ready_slot(&w);
    ck_assert_int_eq(w.readied, 1);
    slot_event(&s, EV_STOP, 200);
    ck_assert_int_eq(s.state, ST_STOPPING);
    ck_assert_int_eq(s.deadline_ms, 3200);
    ck_assert_int_eq(w.last_signal, SIGTERM);
    slot_event(&s, EV_EXIT, 300);
    ck_assert_int_eq(s.state, ST_EMPTY);
    ck_assert_int_eq(w.ended, 1);
    ck_assert_int_eq(w.spawned, 1);
}
END_TEST

START_TEST(test_drain_ends_in_kill)
{
    struct world w;
    struct slot s = ready_slot(&w);
    slot_event(&s, EV_STOP, 200);
    slot_tick(&s, 3199);
    ck_assert_int_eq(w.last_signal, SIGTERM);
    slot_tick(&s, 3200);
    ck_assert_int_eq(s.state, ST_KILLED);
    ck_assert_int_eq(w.last_signal, SIGKILL);
    slot_tick(&s, 3200 + KILL_AGAIN_MS);
    ck_assert_int_eq(w.signals, 3);
    slot_event(&s, EV_EXIT, 9000);
    ck_assert_int_eq(s.state, ST_EMPTY);
}
END_TEST

START_TEST(test_hurry_shortens_a_drain)
{
    struct world w;
    struct slot s = ready_slot(&w);
    slot_event(&s, EV_STOP, 200);
    slot_event(&s, EV_HURRY, 300);
    ck_assert_int_eq(s.deadline_ms, 300 + HURRY_MS);
    slot_tick(&s, 300 + HURRY_MS);
    ck_assert_int_eq(w.last_signal, SIGKILL);
}
END_TEST

START_TEST(test_crash_respawns_at_once)
{
    struct world w;
    struct slot s = ready_slot(&w);
    slot_event(&s, EV_EXIT, 5000);
    ck_assert_int_eq(s.state, ST_STARTING);
    ck_assert_int_eq(w.spawned, 2);
    ck_assert_int_eq(s.pid, 102);
}
END_TEST

START_TEST(test_short_life_waits)
{
    struct world w;
    struct slot s = ready_slot(&w);
    w.respawns = false;
    w.retry_at = 900;
    slot_event(&s, EV_EXIT, 500);
    ck_assert_int_eq(s.state, ST_BACKOFF);
    slot_tick(&s, 899);
    ck_assert_int_eq(w.spawned, 1);
    slot_tick(&s, 900);
    ck_assert_int_eq(s.state, ST_STARTING);
}
END_TEST

START_TEST(test_unwanted_crash_empties)
{
    struct world w;
    struct slot s = ready_slot(&w);
    w.respawns = false;
    slot_event(&s, EV_EXIT, 500);
    ck_assert_int_eq(s.state, ST_EMPTY);
}
END_TEST

START_TEST(test_failed_starts)
{
    struct world w = {.retry_at = 700};
    struct slot s = {.ops = &fake_ops, .owner = &w};
    slot_event(&s, EV_START, 0); /* no process at all */
    ck_assert_int_eq(s.state, ST_BACKOFF);
    w.can_spawn = true;
    slot_tick(&s, 700);
    slot_event(&s, EV_EXIT, 800); /* ends before it is ready */
    ck_assert_int_eq(s.state, ST_BACKOFF);
    slot_tick(&s, 800);
    slot_tick(&s, 1800); /* says nothing in time */
    ck_assert_int_eq(s.state, ST_FAILING);
    ck_assert_int_eq(w.last_signal, SIGTERM);
    slot_event(&s, EV_READY, 1801); /* too late */
    slot_tick(&s, 1800 + HURRY_MS);
    ck_assert_int_eq(w.last_signal, SIGKILL);
    ck_assert_int_eq(s.state, ST_FAILING);
    slot_event(&s, EV_EXIT, 2400);
    ck_assert_int_eq(s.state, ST_BACKOFF);
    ck_assert_int_eq(w.readied, 0);
    slot_event(&s, EV_STOP, 2401);
    ck_assert_int_eq(s.state, ST_EMPTY);
}
END_TEST

START_TEST(test_slow_starter_is_given_up)
{
    struct world w = {.can_spawn = true, .retry_at = 1};
    struct slot s = {.ops = &fake_ops, .owner = &w};
    slot_event(&s, EV_START, 0);
    slot_tick(&s, 1000);
    slot_event(&s, EV_STOP, 1100);
    slot_event(&s, EV_EXIT, 1200);
    ck_assert_int_eq(s.state, ST_EMPTY);
}
END_TEST

START_TEST(test_program_that_says_nothing)
{
    struct world w = {.can_spawn = true};
    struct slot s = {.ops = &fake_ops, .owner = &w};
    slot_event(&s, EV_START, 0);
    slot_event(&s, EV_EXEC, 10);
    ck_assert_int_eq(s.state, ST_SETTLING);
    slot_tick(&s, 10 + SETTLE_MS);
    ck_assert_int_eq(s.state, ST_READY);
}
END_TEST

START_TEST(test_reopen_waits_for_ready)
{
    struct world w = {.can_spawn = true};
    struct slot s = {.ops = &fake_ops, .owner = &w};
    slot_event(&s, EV_START, 0);
    s.reopen = true;
    slot_event(&s, EV_READY, 10);
    ck_assert_int_eq(w.last_signal, SIGUSR1);
    ck_assert(!s.reopen);
}
END_TEST

/* Every event in every state: the slot stays whole. */
START_TEST(test_every_cell)
{
    for (int state = 0; state < ST__MAX; state++) {
        for (int ev = 0; ev < EV__MAX; ev++) {
            struct world w = {.can_spawn = true};
            struct slot s = {
                .ops = &fake_ops, .owner = &w, .state = (enum slot_state)state};
            bool process = state != ST_EMPTY && state != ST_BACKOFF;
            s.pid = process ? 7 : 0;
            slot_event(&s, (enum slot_event)ev, 50);
            ck_assert_int_lt(s.state, ST__MAX);
            process = s.state != ST_EMPTY && s.state != ST_BACKOFF;
            if (!(ev == EV_EXIT && !process))
                ck_assert_int_eq(s.pid != 0, process);
            ck_assert_str_ne(slot_state_name(s.state), "?");
        }
    }
}
END_TEST

Suite *slot_suite(void)
{
    Suite *s = suite_create("slot");
    TCase *t = tcase_create("slot");
    tcase_add_test(t, test_start_and_drain);
    tcase_add_test(t, test_drain_ends_in_kill);
    tcase_add_test(t, test_hurry_shortens_a_drain);
    tcase_add_test(t, test_crash_respawns_at_once);
    tcase_add_test(t, test_short_life_waits);
    tcase_add_test(t, test_unwanted_crash_empties);
    tcase_add_test(t, test_failed_starts);
    tcase_add_test(t, test_slow_starter_is_given_up);
    tcase_add_test(t, test_program_that_says_nothing);
    tcase_add_test(t, test_reopen_waits_for_ready);
    tcase_add_test(t, test_every_cell);
    suite_add_tcase(s, t);
    return s;
}
