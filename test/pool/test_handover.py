"""What outlives a supervisor: sockets, workers, the process itself."""
import os
import shutil
import signal
import socket
import tempfile
import threading
import unittest

import harness
from harness import Case, Load, ask, program, until
from test_board import metrics_of


class Upgrade(Case):
    """USR2: the file that ptpool was started from is executed again."""

    def own_program(self, **web):
        """A ptpool that can be exchanged; it finds echo-worker by its path."""
        p = self.pool(**web)
        self.file = p.dir + "/ptpool"
        self.exchange(program("ptpool"))
        return p

    def exchange(self, source):
        shutil.copy(source, self.file + ".new")
        os.rename(self.file + ".new", self.file)

    def upgrade(self, p, times=1):
        p.proc.send_signal(signal.SIGUSR2)
        p.wait_log("pool.ready", count=times + 1)

    def runs_the_file(self, p):
        with open(f"/proc/{p.proc.pid}/exe", "rb") as running, \
                open(self.file, "rb") as f:
            return os.fstat(running.fileno()).st_ino == \
                os.fstat(f.fileno()).st_ino

    def start(self, p):
        return p.start(ptpool=self.file)

    def test_process_and_sockets_stay(self):
        p = self.start(self.own_program(workers=3))
        before = p.workers()
        socket_file = os.stat(p.sock).st_ino
        with Load(p.sock) as load:
            for n in range(1, 4):
                self.exchange(program("ptpool"))
                self.assertFalse(self.runs_the_file(p))
                self.upgrade(p, n)
                self.assertTrue(self.runs_the_file(p))
            load.answers(20)
        self.assertEqual(load.lost, [])
        self.assertEqual(os.stat(p.sock).st_ino, socket_file)
        after = p.workers()
        self.assertEqual(len(after), 3)
        self.assertFalse({w["pid"] for w in before} &
                         {w["pid"] for w in after})
        self.assertEqual({w["generation"] for w in after}, {4})
        self.assertEqual(p.health()[0], 200)
        self.assertEqual(p.stop(), 0)
        for path in (p.sock, p.health_sock, p.control_sock, p.dir + "/pid"):
            self.assertFalse(os.path.exists(path), path)

    def test_request_in_hand_is_finished(self):
        p = self.start(self.own_program(workers=1, stop_timeout="90s"))
        answer = []
        t = threading.Thread(
            target=lambda: answer.append(ask(p.sock, "/sleep/1500")))
        t.start()
        old = p.halt_busy()
        self.upgrade(p)
        self.assertNotEqual(ask(p.sock)[0], str(old))
        harness.resume(old)
        t.join()
        self.assertEqual(answer[0][0], str(old))
        until(lambda: harness.gone(old), what="old one ends")
        self.assertEqual(len(p.workers()), 1)

    def test_counters_go_on(self):
        p = self.start(self.own_program(workers=2, slow_request="1s"))
        for _ in range(7):
            p.ask("/sleep/1")
        p.ask("/sleep/2000")
        with self.assertRaises(harness.Lost):
            p.ask("/crash")
        p.wait_log("worker.died")
        until(lambda: len(p.workers()) == 2 and
              p.status()["pools"][0]["requests"] == 8 and
              p.status()["pools"][0]["slow"] == 1)
        names = {"ptpool_requests_total": 8, "ptpool_worker_deaths_total": 1,
                 "ptpool_requests_slow_total": 1,
                 "ptpool_requests_late_total": 0}
        for n in (1, 2):
            before = metrics_of(p).samples
            self.upgrade(p, n)
            after = metrics_of(p)
            for name, value in names.items():
                self.assertEqual(after.one(name), value, name)
            self.assertEqual(after.one("ptpool_request_seconds_count",
                                       route="echo.sleep"), 8)
            kept = {key: v for key, v in before.items()
                    if key[0].endswith(("_total", "_count", "_bucket", "_sum"))}
            self.assertEqual({}, {
                key: (value, after.samples.get(key))
                for key, value in kept.items()
                if after.samples.get(key) != value})
        p.ask("/sleep/1")
        until(lambda: p.status()["pools"][0]["requests"] == 9)
        self.assertNotIn("upgrade.counters", p.log())

    def test_memory_of_the_workers_stays(self):
        p = self.start(self.own_program())

        def memory():
            return os.stat(f"/proc/{p.proc.pid}/fd/" + next(
                fd for fd in os.listdir(f"/proc/{p.proc.pid}/fd")
                if "ptpool-workers" in
                os.readlink(f"/proc/{p.proc.pid}/fd/{fd}"))).st_ino
        before = memory()
        self.upgrade(p)
        self.assertEqual(memory(), before)

    def refused(self, p, *words):
        pids = [w["pid"] for w in p.workers()]
        p.proc.send_signal(signal.SIGUSR2)
        p.wait_log("upgrade.refused")
        for word in words:
            p.wait_log(word)
        self.assertEqual([w["pid"] for w in p.workers()], pids)
        self.assertIn(int(ask(p.sock)[0]), pids)
        self.assertEqual(p.health()[0], 200)

    def test_broken_program_is_refused(self):
        p = self.start(self.own_program())
        with open(self.file + ".new", "w") as f:
            f.write("no program")
        os.chmod(self.file + ".new", 0o755)
        os.rename(self.file + ".new", self.file)
        self.refused(p, "status 127", "--test to see why")

    def test_missing_program_is_refused(self):
        p = self.start(self.own_program())
        os.unlink(self.file)
        self.refused(p, "status 127")

    def test_program_that_hangs_is_refused(self):
        p = self.start(self.own_program())
        with open(self.file + ".new", "w") as f:
            f.write("#!/bin/sh\nkill -9 $$\n")
        os.chmod(self.file + ".new", 0o755)
        os.rename(self.file + ".new", self.file)
        self.refused(p, "ended by signal 9")

    def test_broken_configuration_is_refused(self):
        p = self.start(self.own_program())
        p.write("nonsense: 1\n")
        self.refused(p, "nonsense")

    def test_changed_address_is_refused(self):
        p = self.start(self.own_program())
        p.web["listen"] = f"unix:{p.dir}/other.sock"
        p.write()
        self.refused(p, "pools.web.listen")

    def test_new_workers_that_fail_leave_the_old_ones(self):
        p = self.start(self.own_program())
        pids = {w["pid"] for w in p.workers()}
        p.mode("fail")
        p.proc.send_signal(signal.SIGUSR2)
        p.wait_log("worker.start_failed", count=2)
        self.assertIn(int(ask(p.sock)[0]), pids)
        p.mode("")
        p.wait_log("pool.ready", count=2)
        until(lambda: pids.isdisjoint(p.children()), what="others alone")
        self.assertNotIn(int(ask(p.sock)[0]), pids)

    def test_it_has_its_turn_before_the_workers(self):
        """Whoever may not, stays where it was."""
        p = self.own_program()
        p.start(ptpool=self.file, prefix=("nice", "-n", "5"))
        given = os.nice(0) + 5
        expected = given - 10 if os.geteuid() == 0 else given
        for _ in range(2):
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, p.proc.pid),
                             expected)
            for worker in p.workers():
                self.assertEqual(
                    os.getpriority(os.PRIO_PROCESS, worker["pid"]), given)
            p.proc.send_signal(signal.SIGUSR2)
            p.wait_log("pool.ready", count=2)

    def test_inherited_listener(self):
        """69: of spawn-fcgi, on descriptor 0."""
        p = self.own_program()
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(p.sock)
            s.listen()
            p.start(ptpool=self.file, stdin=s)
        self.upgrade(p)
        self.assertTrue(ask(p.sock))


class Killed(Case):
    """5, 57: the supervisor is dead, its workers still have a request."""

    def take_over(self, p, address):
        answer = []
        t = threading.Thread(
            target=lambda: answer.append(ask(address, "/sleep/4000")))
        p.start()
        t.start()
        # not halted: the kernel hangs up on a group that is left with such
        busy = until(p.busy, what="busy")
        p.proc.kill()
        p.wait()
        os.truncate(p.log_path, 0)
        p.start()
        p.wait_log("pool.follows")
        self.assertNotEqual(ask(address)[0], str(busy))
        t.join()
        self.assertEqual(answer[0][0], str(busy))
        until(lambda: harness.gone(busy), what="it leaves")
        self.assertTrue(ask(address))
        self.assertEqual(p.stop(), 0)

    def test_unix(self):
        p = self.pool()
        self.take_over(p, p.sock)

    def test_tcp(self):
        port = self.free_port()
        p = self.pool(listen=f"127.0.0.1:{port}")
        self.take_over(p, ("127.0.0.1", port))

    def test_other_programs_are_left_alone(self):
        p = self.pool()
        with open(p.dir + "/pid", "w") as f:
            f.write("1\n")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(p.sock)
            s.listen()
            self.refused(p, "is in use by a running program")


class Systemd(Case):
    """LISTEN_FDS, and what is told to NOTIFY_SOCKET."""

    def start_with(self, p, sockets, names=None):
        """As systemd does: descriptors from 3 on, the process in LISTEN_PID."""
        moves = "; ".join(f"exec {3 + i}<&{s.fileno()}"
                          for i, s in enumerate(sockets))
        more = f"export LISTEN_FDNAMES={names}; " if names else ""
        script = (f"{moves}; export LISTEN_PID=$$ LISTEN_FDS={len(sockets)}; "
                  f'{more}exec "$0" "$@"')
        p.start(prefix=("/bin/bash", "-c", script),
                pass_fds=[s.fileno() for s in sockets])

    def listener(self, path):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.bind(path)
        s.listen()
        return s

    def high(self, s):
        """Away from the numbers that systemd gives."""
        fd = os.dup2(s.fileno(), 100 + s.fileno())
        moved = socket.socket(fileno=fd)
        self.addCleanup(moved.close)
        return moved

    def test_only_socket_of_an_only_pool(self):
        p = self.pool()
        other = p.dir + "/given.sock"
        self.start_with(p, [self.high(self.listener(other))])
        self.assertTrue(ask(other))
        self.assertFalse(os.path.exists(p.sock))
        self.assertEqual(p.stop(), 0)
        self.assertTrue(os.path.exists(other), "is systemd's")

    def test_by_name(self):
        p = self.pool()
        b = dict(p.web, listen=f"unix:{p.dir}/b.sock")
        p.pools = {"web": p.web, "b": b}
        p.write()
        one, two = p.dir + "/1.sock", p.dir + "/2.sock"
        self.start_with(p, [self.high(self.listener(one)),
                            self.high(self.listener(two))], "b:unknown")
        self.assertTrue(ask(one))
        self.assertTrue(ask(p.sock))
        self.assertFalse(os.path.exists(p.dir + "/b.sock"))
        p.wait_log("1 inherited sockets closed")

    def test_of_another_process(self):
        p = self.pool(env={"LISTEN_PID": "1", "LISTEN_FDS": "1"}).start()
        self.assertTrue(ask(p.sock))
        self.assertNotIn("LISTEN_", harness.environment_of(
            p.workers()[0]["pid"]))

    def test_notify(self):
        with tempfile.TemporaryDirectory() as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(folder + "/notify")
            s.settimeout(harness.PATIENCE_S)
            p = self.pool(env={"NOTIFY_SOCKET": folder + "/notify"}).start()
            self.assertTrue(s.recv(999).startswith(b"READY=1\n"))
            self.assertNotIn("NOTIFY_SOCKET", harness.environment_of(
                p.workers()[0]["pid"]))
            self.assertEqual(p.ctl("reload")[0], 0)
            self.assertRegex(s.recv(999),
                             rb"^RELOADING=1\nMONOTONIC_USEC=\d+$")
            self.assertEqual(s.recv(999), b"READY=1\nSTATUS=reloaded")
            p.proc.send_signal(signal.SIGUSR2)
            self.assertTrue(s.recv(999).startswith(b"READY=1\n"))
            self.assertEqual(p.stop(), 0)
            self.assertEqual(s.recv(999), b"STOPPING=1")


class Steps(Case):
    def test_ttin_and_ttou(self):
        p = self.pool(workers=1).start()
        p.proc.send_signal(signal.SIGTTIN)
        until(lambda: len(p.workers()) == 2, what="one more")
        p.proc.send_signal(signal.SIGTTOU)
        until(lambda: len(p.workers()) == 1, what="one fewer")
        p.proc.send_signal(signal.SIGTTOU)
        p.wait_log("refused: web: 1 to")
        self.assertEqual(len(p.workers()), 1)


if __name__ == "__main__":
    unittest.main()
