"""Reloads and changes of size, under load, half done and refused."""
import os
import signal
import time

from harness import Case, Load, connect, http, program, until

class Reload(Case):
    def test_reload_under_load(self):
        """25, 28, 54: ten reloads, same socket, not one request lost."""
        p = self.pool(workers=3).start()
        inode = os.stat(p.sock).st_ino
        with Load(p.sock) as load:
            for i in range(10):
                status, text = p.ctl("reload")
                self.assertEqual((status, text),
                                 (0, f"reloaded, generation {i + 2}\n"))
            load.answers(50)
        self.assertEqual(load.lost, [])
        self.assertEqual(os.stat(p.sock).st_ino, inode)
        until(lambda: p.ask()[1] == "11")
        self.assertEqual(p.status()["pools"][0]["deaths"], 0)

    def test_idle_reload_does_not_wait(self):
        p = self.pool(stop_timeout="60s").start()
        begin = time.monotonic()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertLess(time.monotonic() - begin, 10)

    def test_broken_configuration(self):
        """55"""
        p = self.pool().start()
        pids = sorted(w["pid"] for w in p.workers())
        p.write(extra="nonsense: 1\n")
        status, text = p.ctl("reload")
        self.assertEqual(status, 1)
        self.assertIn("nonsense", text)
        p.send(signal.SIGHUP)
        p.wait_log("reload.failed", count=2)
        self.assertEqual(sorted(w["pid"] for w in p.workers()), pids)
        last = p.health()[1]["last_reload"]
        self.assertFalse(last["ok"])
        self.assertIn("nonsense", last["reason"])
        self.assertEqual(p.ctl("status")[0], 0)
        status, body = http(p.control_sock, "POST", "/reload")
        self.assertEqual(status, 422)
        self.assertIn("nonsense: unknown key", body["reason"])
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)

    def test_new_program_never_ready(self):
        p = self.pool(start_timeout="2s").start()
        pids = sorted(w["pid"] for w in p.workers())
        p.mode("mute")
        with Load(p.sock) as load:
            status, text = p.ctl("reload")
        self.assertEqual(status, 1)
        self.assertIn("not ready within start_timeout", text)
        self.assertEqual(load.lost, [])
        self.assertEqual(sorted(w["pid"] for w in p.workers()), pids)
        self.assertEqual(p.health()[1]["status"], "ok")
        p.mode("")
        self.assertEqual(p.ctl("reload")[0], 0)

    def test_failure_halfway_goes_back(self):
        """One of two pools fails: the other returns to what it ran."""
        p = self.pool(start_timeout="2s", workers=3)
        p.pools = {"web": dict(p.web, command="[env, ECHO_TEXT=one, "
                               f"{program('echo-worker')}]")}
        p.write()
        p.start()
        # The first new worker starts; those after it do not.
        script = p.dir + "/second-fails"
        with open(script, "w") as f:
            f.write("#!/bin/sh\n"
                    f"mkdir {p.dir}/first 2>/dev/null || exit 9\n"
                    f"ECHO_TEXT=two exec {program('echo-worker')}\n")
        os.chmod(script, 0o755)
        p.pools = {"web": dict(p.web, command=script)}
        p.write()
        with Load(p.sock) as load:
            status, text = p.ctl("reload")
            self.assertEqual(status, 1)
            self.assertIn("exited with status 9", text)
            until(lambda: {w["generation"] for w in p.workers()} == {1} and
                  len(p.workers()) == 3, what="back to generation 1")
        self.assertEqual(load.lost, [])
        until(lambda: p.ask()[4] == "one")
        p.pools = {"web": dict(p.web)}
        p.write()
        self.assertEqual(p.ctl("reload"), (0, "reloaded, generation 3\n"))

    def test_command_change_applies(self):
        p = self.pool().start()
        p.pools["web"]["command"] = ("[env, ECHO_TEXT=new, "
                                     f"{program('echo-worker')}]")
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)
        until(lambda: p.ask()[4] == "new")

    def test_missing_program_is_refused(self):
        p = self.pool().start()
        p.pools["web"]["command"] = "/no/such/program"
        p.write()
        status, text = p.ctl("reload")
        self.assertEqual(status, 1)
        self.assertIn("pools.web.command: /no/such/program", text)
        self.assertTrue(p.ask())

    def test_scale_under_load(self):
        """68: 2 to 6 to 1 workers by configuration and HUP."""
        p = self.pool().start()
        with Load(p.sock) as load:
            for i, n in enumerate((6, 1, 4)):
                p.pools["web"]["workers"] = n
                p.write()
                p.send(signal.SIGHUP)
                p.wait_log("reload.done", count=i + 1)
                self.assertEqual(len(p.workers()), n)
            load.answers(10)
        self.assertEqual(load.lost, [])

    def test_reload_while_a_worker_is_stubborn(self):
        """29: it does not hold the reload up."""
        p = self.pool(stop_timeout="3s", env={"ECHO": "stubborn"}).start()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(len(p.workers(state="stopping")), 2)
        p.wait_log("worker.kill", count=2)
        until(lambda: len(p.status()["pools"][0]["list"]) == 2)

    def test_reload_mends_a_pool_that_is_down(self):
        p = self.pool(env={"ECHO": "fail"}).start(ready=False)
        p.wait_log("worker.start_failed")
        p.mode("")
        p.pools["web"]["workers"] = 3
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(len(p.workers()), 3)
        self.assertEqual(p.health()[1]["status"], "ok")

    def test_two_reloads_at_once(self):
        p = self.pool().start()
        one = connect(p.control_sock)
        two = connect(p.control_sock)
        for s in (one, two):
            s.sendall(b"POST /reload HTTP/1.1\r\nHost: x\r\n\r\n")
        for s in (one, two):
            self.assertIn(b"200 OK", s.recv(4096))
            s.close()

    def test_stop_during_reload(self):
        p = self.pool(start_timeout="180s").start()
        p.mode("mute")
        s = connect(p.control_sock)
        s.sendall(b"POST /reload HTTP/1.0\r\n\r\n")
        p.wait_log("worker.start ", count=3)
        p.send(signal.SIGTERM)
        self.assertIn(b"ptpool is stopping", s.recv(4096))
        s.close()
        self.assertEqual(p.wait(), 0)
