"""What many workers cost the supervisor."""
import os
import re
import signal
import time
import unittest

from harness import Case

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss_mb(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M)[1]) / 1024


class Many(Case):
    def test_a_hundred_at_rest(self):
        p = self.pool(workers=100).start()
        time.sleep(1)
        for _ in range(3):  # on a busy machine the same costs more
            begin, before = time.monotonic(), cpu_s(p.proc.pid)
            time.sleep(4)
            share = (cpu_s(p.proc.pid) - before) / (time.monotonic() - begin)
            if share < 0.005:
                break
        memory = pss_mb(p.proc.pid)
        print(f"100 workers at rest: {100 * share:.2f} % of a processor, "
              f"{memory:.1f} MB")
        self.assertLess(share, 0.005)
        self.assertLess(memory, 4)
        self.assertEqual(p.stop(), 0)

    def test_a_thousand_start_and_stop(self):
        # the times that it may take are those of a busy machine
        p = self.pool(workers=1000, start_timeout="180s", stop_timeout="90s")
        begin = time.monotonic()
        p.start(ready=False)
        p.wait_log("pool.ready", timeout=180)
        started = time.monotonic() - begin
        self.assertEqual(len(p.workers()), 1000)
        self.assertTrue(p.ask())
        begin = time.monotonic()
        p.send(signal.SIGTERM)
        self.assertEqual(p.wait(90), 0)
        print(f"1,000 workers: all ready after {started:.1f} s, all gone "
              f"after {time.monotonic() - begin:.1f} s")
        self.assertEqual(p.log().count("worker.died"), 0)
        self.assertEqual(p.log().count("worker.kill"), 0)
        self.assertFalse(os.path.exists(p.sock))


if __name__ == "__main__":
    unittest.main()
