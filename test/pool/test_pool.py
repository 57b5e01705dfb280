"""The behaviours of ptpool, from outside: life, sockets, workers."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

import harness
from harness import Case, Load, Lost, ask, program, until


def root():
    return os.geteuid() == 0


def as_nobody():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


class StartAndStop(Case):
    def test_starts_answers_stops(self):
        """1: running, ready, an answer, two final lines, no pid file."""
        p = self.pool().start()
        self.assertIn("pool.running", p.log())
        with open(p.dir + "/pid") as f:
            self.assertEqual(int(f.read()), p.proc.pid)
        self.assertEqual(p.ask()[1], "1")
        self.assertEqual(p.stop(), 0)
        self.assertIn("pool.stopping", p.log())
        self.assertTrue(p.log().strip().split("\n")[-1].count("pool.stopped"))
        for name in ("pid", "web.sock", "h.sock", "c.sock"):
            self.assertFalse(os.path.exists(f"{p.dir}/{name}"), name)

    def test_usage_and_version(self):
        """2"""
        p = self.pool()
        status, text = p.run("--bogus")
        self.assertEqual(status, 64)
        self.assertIn("usage:", text)
        self.assertEqual(p.run("stray")[0], 64)
        self.assertEqual(p.run("--version")[0], 0)

    def test_config_test(self):
        """3, 7"""
        p = self.pool()
        self.assertEqual(p.run("-t")[0], 0)
        cases = (({"wrokers": 3}, "pools.web.wrokers: unknown key"),
                 ({"workers": "many"}, "pools.web.workers"),
                 ({"listen": "127.0.0.1:99999"}, "99999"),
                 ({"listen": "nowhere"}, "nowhere"),
                 ({"listen_group": "no-such-group"}, "no-such-group"),
                 ({"user": "no-such-user"}, "no-such-user"),
                 ({"command": "no-such-program"}, "no-such-program"),
                 ({"ready": "maybe"}, "maybe"))
        for keys, name in cases:
            p.pools = {"web": dict(p.web, **keys)}
            p.write()
            status, text = p.run("-t")
            self.assertEqual(status, 78, text)
            self.assertIn(name, text)
            self.assertFalse(os.path.exists(p.sock))

    def test_dump(self):
        """4"""
        status, text = self.pool(workers=7).run("--dump")
        self.assertEqual(status, 0)
        self.assertIn("pools.web.workers: 7", text)
        self.assertIn("log.console: debug", text)

    def test_drain_finishes_requests(self):
        """56: TERM lets requests in flight finish, then ends."""
        p = self.pool().start()
        s = harness.send_request(p.sock, "/sleep/1500")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        p.send(signal.SIGTERM)
        self.assertTrue(harness.read_answer(s))
        self.assertEqual(p.wait(), 0)

    def waiting_are_served(self, p, address, refused):
        """One of six is at work, the others wait, when TERM comes."""
        sent = [harness.send_request(address, "/sleep/1500", "q0")]
        halted = p.halt_busy()
        sent += [harness.send_request(address, "/sleep/50", f"q{i}")
                 for i in range(1, 6)]
        until(lambda: p.health()[1]["pools"][0]["queued"] == 5)
        p.send(signal.SIGTERM)
        p.wait_log("pool.stopping")

        def is_refused():
            try:
                harness.connect(address, 0.3).close()
            except refused:
                return True
            return False
        until(is_refused)
        harness.resume(halted)
        self.assertEqual(len([harness.read_answer(s) for s in sent]), 6)
        self.assertEqual(p.wait(), 0)

    def test_drain_serves_who_waits(self):
        p = self.pool(workers=1, stop_timeout="90s").start()
        self.waiting_are_served(p, p.sock, FileNotFoundError)

    def test_drain_serves_who_waits_on_tcp(self):
        port = self.free_port()
        p = self.pool(workers=1, listen=f"127.0.0.1:{port}",
                      stop_timeout="90s").start()
        self.waiting_are_served(p, ("127.0.0.1", port), TimeoutError)
        self.assertRaises(ConnectionRefusedError, harness.connect,
                          ("127.0.0.1", port))

    def test_drain_of_a_shared_socket(self):
        """Who gets it next is reached again."""
        with socket.create_server(("127.0.0.1", 0)) as s:
            for _ in range(2):
                p = self.pool(workers=1, listen="fd:0", stop_timeout="90s")
                p.start(stdin=s)
                self.waiting_are_served(p, s.getsockname(), TimeoutError)

    def test_drain_waits_a_third_for_the_queue(self):
        p = self.pool(workers=1, stop_timeout="900ms").start()
        sent = [harness.send_request(p.sock, "/sleep/60000") for _ in range(4)]
        until(lambda: p.health()[1]["pools"][0]["queued"] == 3)
        begin = time.monotonic()
        self.assertEqual(p.stop(), 0)
        self.assertLess(time.monotonic() - begin, 5)
        for s in sent:
            self.assertRaises(Lost, harness.read_answer, s)

    def test_second_term_hurries(self):
        p = self.pool(stop_timeout="60s").start()
        s = harness.send_request(p.sock, "/sleep/60000")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        p.send(signal.SIGTERM)
        until(lambda: p.health()[0] == 503)
        self.assertIsNone(p.proc.poll())
        begin = time.monotonic()
        self.assertEqual(p.stop(), 0)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertRaises(Lost, harness.read_answer, s)

    def test_int_is_fast(self):
        p = self.pool(stop_timeout="60s").start()
        with harness.send_request(p.sock, "/sleep/60000"):
            until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
            p.send(signal.SIGINT)
            self.assertEqual(p.wait(10), 0)

    def test_stubborn_worker_is_killed_last(self):
        """29"""
        p = self.pool(stop_timeout="300ms", env={"ECHO": "stubborn"}).start()
        begin = time.monotonic()
        self.assertEqual(p.stop(), 0)
        self.assertGreater(time.monotonic() - begin, 0.29)
        self.assertEqual(p.log().count("worker.kill"), 2)

    def test_killed_supervisor_takes_workers_along(self):
        """57: kill -9 of the supervisor; a new one can start."""
        p = self.pool().start()
        pids = [w["pid"] for w in p.workers()]
        p.proc.kill()
        p.wait()
        until(lambda: all(harness.gone(i) for i in pids), what="workers end")
        os.truncate(p.log_path, 0)
        p.start()
        self.assertEqual(p.ask()[1], "1")

    def test_ctl_stop(self):
        p = self.pool().start()
        self.assertEqual(p.ctl("stop")[0], 0)
        self.assertEqual(p.wait(), 0)
        status, text = p.ctl("status")
        self.assertEqual(status, 1)
        self.assertIn("is ptpool running?", text)
        self.assertEqual(p.ctl("bogus")[0], 64)


class Sockets(Case):
    def test_stale_socket_is_replaced(self):
        p = self.pool()
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(p.sock)
            s.listen()
        p.start()
        self.assertTrue(p.ask())

    def test_live_socket_is_refused(self):
        p = self.pool()
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(p.sock)
            s.listen()
            self.refused(p, "pools.web.listen", "is in use", str(os.getpid()))
            self.assertTrue(os.path.exists(p.sock))

    def test_file_is_not_removed(self):
        p = self.pool()
        with open(p.sock, "w"):
            pass
        self.refused(p, "is not a socket")
        self.assertTrue(os.path.exists(p.sock))

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
            self.refused(self.pool(listen=f"127.0.0.1:{port}"),
                         f"127.0.0.1:{port}", "in use", "ss -ltnp")

    @unittest.skipUnless(root(), "needs root to become nobody")
    def test_permission(self):
        p = self.pool(listen="unix:/proc/self/no/web.sock")
        self.refused(p, "create its directory")
        p = self.pool()
        p.start(ready=False, preexec_fn=as_nobody)
        self.assertEqual(p.wait(), 1)
        self.assertIn("make its directory writable", p.log())

    def test_tcp(self):
        """14: IPv4 and IPv6 side by side."""
        port = self.free_port()
        p = self.pool()
        p.pools = {"four": dict(p.web, listen=f"127.0.0.1:{port}"),
                   "six": dict(p.web, listen=f'"[::1]:{port}"')}
        p.write()
        p.start()
        self.assertTrue(ask(("127.0.0.1", port)))
        self.assertTrue(ask(("::1", port)))

    def test_mode_and_group(self):
        """15"""
        p = self.pool(listen_mode="0640", listen_group="0" if root() else
                      str(os.getgid())).start()
        self.assertEqual(os.stat(p.sock).st_mode & 0o777, 0o640)
        self.assertEqual(os.stat(p.control_sock).st_mode & 0o777, 0o600)

    def test_backlog_warning(self):
        with open("/proc/sys/net/core/somaxconn") as f:
            limit = int(f.read())
        if limit >= 65535:
            self.skipTest("somaxconn is at its highest")
        p = self.pool(backlog=limit + 1).start()
        self.assertIn("net.core.somaxconn", p.log())

    def test_spawn_fcgi(self):
        """69: the container form, the configured address being another."""
        p = self.pool(listen="unix:/nowhere/web.sock")
        with open(p.log_path, "ab") as log:
            p.proc = subprocess.Popen(
                ["spawn-fcgi", "-n", "-s", p.sock, "--", program("ptpool"),
                 "-c", p.conf], stdout=log, stderr=log, env=p.env, cwd=p.dir)
        p.wait_log("pool.ready")
        self.assertIn("pool.inherited", p.log())
        self.assertTrue(p.ask())
        with Load(p.sock) as load:
            self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(load.lost, [])
        self.assertEqual(p.stop(), 0)
        self.assertTrue(os.path.exists(p.sock))

    def test_fd0_without_listener(self):
        self.refused(self.pool(listen="fd:0"), "spawn-fcgi")


class Workers(Case):
    def test_crash_is_reported_with_its_request(self):
        """58"""
        p = self.pool().start()
        other = harness.send_request(p.sock, "/sleep/2000", "slow-one")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        self.assertRaises(Lost, p.ask, "/crash", rid="bad-one")
        self.assertTrue(harness.read_answer(other))
        p.wait_log("worker.died")
        line = re.search(r".*worker\.died.*", p.log())[0]
        for text in ("signal 6", "request=bad-one", "path=/crash", "age_ms="):
            self.assertIn(text, line)
        until(lambda: len(p.workers()) == 2, what="respawn")

    def test_kill_mid_request(self):
        p = self.pool(workers=3).start()
        s = harness.send_request(p.sock, "/sleep/60000?secret", "rid-9")
        busy = until(lambda: [w for w in p.workers() if w["request"]])[0]
        self.assertEqual(busy["request"]["path"], "/sleep/60000")
        os.kill(busy["pid"], signal.SIGKILL)
        self.assertRaises(Lost, harness.read_answer, s)
        p.wait_log("worker.died")
        line = re.search(r".*worker\.died.*", p.log())[0]
        self.assertIn(f"pid={busy['pid']} ", line)
        self.assertIn("signal 9", line)
        self.assertIn("request=rid-9 method=GET path=/sleep/60000 ", line)
        self.assertNotIn("secret", line)
        until(lambda: len(p.workers()) == 3, what="respawn")
        self.assertEqual(p.health()[1]["pools"][0]["deaths"], 1)

    def test_exit_after_request_respawns_at_once(self):
        p = self.pool(workers=1).start()
        for _ in range(5):
            p.ask("/exit")
        self.assertTrue(p.ask())
        self.assertEqual(p.status()["pools"][0]["start_failures"], 0)

    def delays_double(self, p):
        """One line a round, though several workers fail in each."""
        p.wait_log("retry_ms=400")
        waits = [int(n) for n in re.findall(r"retry_ms=(\d+)", p.log())]
        self.assertEqual(waits[:3], [100, 200, 400])

    def test_crash_loop_is_delayed_and_told(self):
        """60"""
        p = self.pool(env={"ECHO": "fail"}).start(ready=False)
        self.delays_double(p)
        until(lambda: p.health()[1]["status"] == "down")
        status, body = p.health()
        self.assertEqual((status, body["status"]), (503, "down"))
        self.assertIn("exited with status 7", body["pools"][0]["last_error"])
        p.mode("")  # it is mended
        p.wait_log("pool.ready")
        until(lambda: p.health()[1]["status"] == "ok")

    def test_ready_then_gone_is_a_crash_loop_too(self):
        p = self.pool(env={"ECHO": "brief"}).start(ready=False)
        self.delays_double(p)
        p.wait_log("status 8 right after its start")

    def test_mute_worker_is_a_failed_start(self):
        p = self.pool(env={"ECHO": "mute"}, start_timeout="200ms",
                      workers=1).start(ready=False)
        p.wait_log("not ready within start_timeout")
        self.assertEqual(p.health()[0], 503)

    def test_exec_failure_names_its_cause(self):
        p = self.pool()
        path = p.dir + "/script"
        with open(path, "w") as f:
            f.write("#!/no/such/interpreter\n")
        os.chmod(path, 0o755)
        p.pools["web"]["command"] = path
        p.write()
        p.start(ready=False)
        p.wait_log(f"exec {path}: No such file")

    def test_program_without_ready_byte(self):
        p = self.pool(ready="exec", env={"ECHO": "silent"}).start()
        self.assertTrue(p.ask())
        self.assertEqual(p.ctl("reload")[0], 0)
        until(lambda: p.ask()[1] == "2")  # the old one may take a last one

    def test_command_is_found(self):
        """Beside ptpool, then in PATH."""
        p = self.pool(command="echo-worker").start()
        self.assertTrue(p.ask())
        q = self.pool(command="sleep")
        self.assertEqual(q.run("-t")[0], 0)

    @unittest.skipUnless(root(), "needs root")
    def test_user(self):
        """8: drops privileges; nothing is gained back."""
        p = self.pool(user="nobody").start()
        pid, _, _, uid, _ = p.ask()
        self.assertEqual(uid, "65534")
        with open(f"/proc/{pid}/status") as f:
            status = f.read()
        self.assertRegex(status, r"NoNewPrivs:\s1")
        self.assertRegex(status, r"Groups:\s+(65534\s)?\n")
        p.proc.kill()
        until(lambda: harness.gone(pid),
              what="the worker ends with its supervisor")

    def test_user_without_root(self):
        p = self.pool(user="nobody")
        if root():
            os.chmod(p.dir, 0o777)
            p.start(preexec_fn=as_nobody)
        else:
            p.start()
        self.assertIn("pools.web.user: ignored", p.log())

    def test_descriptors_and_environment(self):
        p = self.pool(workers=1)
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        self.addCleanup(os.close, w)
        p.start(pass_fds=(w,))
        pid = p.workers()[0]["pid"]
        with open(f"/proc/{pid}/environ", "rb") as f:
            env = f.read().decode().split("\0")
        memory = [e[14:] for e in env if e.startswith("PTPOOL_SHM_FD=")]
        until(lambda: set(os.listdir(f"/proc/{pid}/fd")) ==
              {"0", "1", "2", *memory}, what="no descriptor is left over")
        self.assertIn("memfd:ptpool-workers",
                      os.readlink(f"/proc/{pid}/fd/{memory[0]}"))
        self.assertIn("PTPOOL_GENERATION=1", env)
        self.assertIn("PT_CONF=" + p.conf, env)
        self.assertIn("PTPOOL_SLOT=0", env)
        with open(f"/proc/{pid}/status") as f:
            ignored = re.search(r"SigIgn:\s(\w+)", f.read()).group(1)
        # the standard ones; 32 and 33 are glibc's, whatever started us
        self.assertEqual(int(ignored, 16) & 0x7fffffff,
                         1 << signal.SIGPIPE - 1)

    def test_all_workers_share_memory(self):
        """Those of other pools, of a next generation and of ptctl too."""
        p = self.pool()
        p.pools = {"web": p.web,
                   "other": dict(p.web, listen=f"unix:{p.dir}/o.sock")}
        p.start()

        def inodes():
            found = set()
            for pool in p.status()["pools"]:
                for w in pool["list"]:
                    if w["state"] != "ready":
                        continue  # may have ended by now
                    with open(f"/proc/{w['pid']}/environ", "rb") as f:
                        fd = re.search(rb"PTPOOL_SHM_FD=(\d+)", f.read())
                    found.add(os.stat(f"/proc/{w['pid']}/fd/"
                                      f"{fd.group(1).decode()}").st_ino)
            return found
        before = inodes()
        self.assertEqual(before, {os.stat(p.status()["memory"]).st_ino})
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(inodes(), before)

    def test_pools_side_by_side(self):
        p = self.pool()
        p.pools = {"web": p.web,
                   "other": dict(p.web, listen=f"unix:{p.dir}/o.sock"),
                   "jobs": {"command": "[sleep, 1000]", "workers": 1,
                            "ready": "exec"}}
        p.write()
        p.start()
        self.assertTrue(p.ask())
        self.assertTrue(ask(p.dir + "/o.sock"))
        names = [q["name"] for q in p.health()[1]["pools"]]
        self.assertEqual(names, ["web", "other", "jobs"])
        self.assertEqual(p.stop(), 0)

    def test_strangers_are_reaped(self):
        """66: ptpool as a child subreaper stands for process 1."""
        p = self.pool(workers=1, env={"ECHO": "silent"}, ready="exec",
                      command="[/bin/sh, -c, '(sleep 0.2 & ); exec sleep 99']")
        subreaper = ("import ctypes, os, sys;"
                     "ctypes.CDLL(None).prctl(36, 1, 0, 0, 0);"
                     "os.execv(sys.argv[1], sys.argv[1:])")
        p.start(prefix=(sys.executable, "-c", subreaper))
        p.wait_log("stranger.reaped")
