"""Reloads that add and remove pools, or give them another socket."""
import os
import signal
import socket
import stat
import unittest

from harness import (Case, Load, Lost, ask, connect, halt, program,
                     read_answer, resume, send_request, until)


class Changing(Case):
    def with_second(self, **web):
        """A pool "web" that stays, and "b" as it may be added."""
        p = self.pool(**web)
        self.b_sock = p.dir + "/b.sock"
        self.b = dict(p.web, listen=f"unix:{self.b_sock}",
                      command=f"[env, ECHO_TEXT=b, {program('echo-worker')}]")
        return p

    def reload(self, p, **pools):
        p.pools = pools
        p.write()
        return p.ctl("reload")

    def names(self, p):
        return [q["name"] for q in p.health()[1]["pools"]]

    def refused(self, p, *words, **pools):
        """Nothing is another than before, and the reason is told."""
        before = sorted(w["pid"] for w in p.workers())
        inode = os.stat(p.sock).st_ino
        names, files = self.names(p), sorted(os.listdir(p.dir))
        with Load(p.sock) as load:
            status, text = self.reload(p, **pools)
        self.assertEqual(status, 1, text)
        for word in words:
            self.assertIn(word, text)
        self.assertEqual(load.lost, [])
        self.assertEqual(sorted(w["pid"] for w in p.workers()), before)
        self.assertEqual(os.stat(p.sock).st_ino, inode)
        self.assertEqual(self.names(p), names)
        self.assertEqual(sorted(os.listdir(p.dir)), files)
        self.assertEqual(p.health()[1]["status"], "ok")


class AddAndRemove(Changing):
    def test_added_removed_added(self):
        """The other pool loses no request; the order is that of the file."""
        p = self.with_second().start()
        with Load(p.sock) as load:
            for _ in range(3):
                status, text = self.reload(p, b=self.b, web=p.web)
                self.assertEqual(status, 0, text)
                self.assertEqual(ask(self.b_sock)[4], "b")
                self.assertEqual(self.names(p), ["b", "web"])
                status, text = self.reload(p, web=p.web)
                self.assertEqual(status, 0, text)
                self.assertFalse(os.path.exists(self.b_sock))
                self.assertEqual(self.names(p), ["web"])
            load.answers(50)
        self.assertEqual(load.lost, [])
        p.wait_log("pool.left pool=b", count=3)
        until(lambda: len(p.children()) == 2, what="only those of web")
        self.assertNotIn('"b"', p.ctl("status", "--json")[1])

    def test_removed_pool_finishes_its_requests(self):
        """Those in work, and those that wait."""
        p = self.with_second()
        p.pools = {"web": p.web, "b": dict(self.b, workers=1,
                                           stop_timeout="90s")}
        p.write()
        p.start()
        asked = [send_request(self.b_sock, "/sleep/1500")]
        halted = p.halt_busy(1)
        asked += [send_request(self.b_sock, "/sleep/50") for _ in range(3)]
        until(lambda: p.health()[1]["pools"][1]["queued"] == 3)
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        self.assertFalse(os.path.exists(self.b_sock))
        self.assertNotIn("pool.left", p.log())
        resume(halted)
        for s in asked:
            self.assertTrue(read_answer(s))
        p.wait_log("pool.left pool=b")

    def test_stubborn_worker_of_a_removed_pool_is_killed(self):
        p = self.with_second()
        p.pools = {"web": p.web, "b": dict(
            self.b, workers=1, stop_timeout="300ms",
            command=f"[env, ECHO=stubborn, {program('echo-worker')}]",
            environment="[]")}
        p.write()
        p.start()
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        p.wait_log("worker.kill pool=b")
        p.wait_log("pool.left pool=b")

    def test_pool_that_is_down_is_removed(self):
        p = self.with_second()
        p.pools = {"web": p.web, "b": dict(self.b, command="[false]")}
        p.write()
        p.start(ready=False)
        p.wait_log("worker.start_failed pool=b")
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        until(lambda: p.health()[1]["status"] == "ok")

    def test_added_pool_that_does_not_start_is_refused(self):
        p = self.with_second().start()
        self.refused(p, "pools.b: a new worker did not start", "status 1",
                     web=p.web, b=dict(self.b, command="[false]"))
        until(lambda: len(p.children()) == 2)

    def test_one_that_stays_and_fails_takes_the_new_one_back(self):
        p = self.with_second().start()
        self.refused(p, "pools.web: a new worker did not start", b=self.b,
                     web=dict(p.web, command="[false]"))
        until(lambda: len(p.children()) == 2)
        self.assertEqual(self.reload(p, web=p.web, b=self.b)[0], 0)
        self.assertEqual(ask(self.b_sock)[4], "b")

    def test_socket_of_somebody_else_is_refused(self):
        p = self.with_second().start()
        c = dict(self.b, listen=f"unix:{p.dir}/d.sock")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.b_sock)
            s.listen()
            self.refused(p, "pools.b.listen", "in use by a running program",
                         web=p.web, c=c, b=self.b)
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
            self.refused(p, "pools.b.listen", f"127.0.0.1:{port}", "in use",
                         web=p.web, c=c,
                         b=dict(self.b, listen=f"127.0.0.1:{port}"))

    def test_pool_without_socket_and_on_demand(self):
        p = self.with_second().start()
        jobs = {"command": "[sleep, 1000]", "ready": "exec", "workers": 1}
        demand = dict(self.b, workers="{min: 0, max: 2}")
        self.assertEqual(
            self.reload(p, web=p.web, jobs=jobs, b=demand)[0], 0)
        self.assertEqual(len(p.workers(1)), 1)
        self.assertEqual(p.workers(2), [])
        for _ in range(2):  # at rest too
            self.assertEqual(p.ctl("reload")[0], 0)
        self.assertEqual(p.workers(2), [])
        self.assertEqual(ask(self.b_sock)[4], "b")
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        until(lambda: len(p.children()) == 2)

    def test_end_while_pools_come_and_go(self):
        p = self.with_second()
        p.pools = {"web": p.web, "b": self.b}
        p.write()
        p.start()
        busy = send_request(self.b_sock, "/sleep/1500")
        until(lambda: p.health()[1]["pools"][1]["workers"]["busy"] == 1)
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        p.mode("mute")  # it comes, and is not ready
        p.pools = {"web": p.web, "c": dict(
            self.b, listen=f"unix:{p.dir}/d.sock")}
        p.write()
        p.send(signal.SIGHUP)
        until(lambda: os.path.exists(p.dir + "/d.sock"))
        p.send(signal.SIGTERM)
        self.assertTrue(read_answer(busy))
        self.assertEqual(p.wait(), 0)
        self.assertEqual([f for f in os.listdir(p.dir) if "sock" in f], [])


class Move(Changing):
    def test_unix_to_unix(self):
        """Who waits at the old address is served; then it is gone."""
        p = self.with_second(workers=1, stop_timeout="90s").start()
        asked = [send_request(p.sock, "/sleep/1500")]
        halted = p.halt_busy()
        asked += [send_request(p.sock, "/sleep/50") for _ in range(2)]
        until(lambda: p.health()[1]["pools"][0]["queued"] == 2)
        other = p.dir + "/other.sock"
        status, text = self.reload(p, web=dict(p.web, listen=f"unix:{other}"))
        self.assertEqual(status, 0, text)
        self.assertTrue(ask(other))
        self.assertFalse(os.path.exists(p.sock))
        resume(halted)
        for s in asked:
            self.assertTrue(read_answer(s))
        p.wait_log("pool.left pool=web")
        self.assertEqual(len(p.workers()), 1)
        self.assertEqual(p.stop(), 0)
        self.assertFalse(os.path.exists(other))

    def test_to_a_port_and_back(self):
        p = self.with_second().start()
        one, two = self.free_port(), self.free_port()
        for listen, address in (
                (f"127.0.0.1:{one}", ("127.0.0.1", one)),
                (f"127.0.0.1:{two}", ("127.0.0.1", two)),
                (f"unix:{p.sock}", p.sock)):
            status, text = self.reload(p, web=dict(p.web, listen=listen))
            self.assertEqual(status, 0, text)
            self.assertTrue(ask(address))
        until(lambda: len(p.children()) == 2)
        for port in (one, two):
            self.assertRaises(Lost, ask, ("127.0.0.1", port))

    def test_both_serve_until_all_is_decided(self):
        """Nobody is turned away before the new workers are there."""
        p = self.with_second(workers=3).start()
        other = p.dir + "/other.sock"
        with Load(p.sock) as old:
            status, text = self.reload(
                p, web=dict(p.web, listen=f"unix:{other}",
                            command="[false]"))
            self.assertEqual(status, 1, text)
            self.assertFalse(os.path.exists(other))
        self.assertEqual(old.lost, [])

    def test_mode_and_group_of_the_same_path(self):
        """Under load: nobody finds no socket, and none is lost."""
        p = self.with_second(workers=3).start()
        with Load(p.sock, threads=8) as load:
            for mode in ("0600", "0666", "0640"):
                inode = os.stat(p.sock).st_ino
                status, text = self.reload(
                    p, web=dict(p.web, listen_mode=mode,
                                listen_group=str(os.getgid())))
                self.assertEqual(status, 0, text)
                at = os.stat(p.sock)
                self.assertEqual(stat.S_IMODE(at.st_mode), int(mode, 8))
                self.assertNotEqual(at.st_ino, inode)
            load.answers(20)
        self.assertEqual(load.lost, [])
        p.wait_log("pool.left", count=3)
        self.assertEqual(p.stop(), 0)
        self.assertEqual([f for f in os.listdir(p.dir) if "sock" in f], [])

    @unittest.skipIf(os.geteuid() != 0, "needs root for another's")
    def test_owner_and_acl(self):
        p = self.with_second().start()
        self.assertEqual(self.reload(p, web=dict(
            p.web, listen_owner="nobody",
            listen_acl="[user:daemon]"))[0], 0)
        self.assertEqual(os.stat(p.sock).st_uid, 65534)
        self.assertIn("system.posix_acl_access", os.listxattr(p.sock))
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        self.assertEqual(os.stat(p.sock).st_uid, 0)
        self.assertEqual(os.listxattr(p.sock), [])

    def test_failure_keeps_the_access(self):
        p = self.with_second().start()
        mode = os.stat(p.sock).st_mode
        self.refused(p, "did not start", web=dict(
            p.web, listen_mode="0666", command="[false]"))
        self.assertEqual(os.stat(p.sock).st_mode, mode)

    def test_backlog(self):
        """Of the same socket."""
        p = self.with_second(backlog=5).start()
        inode = os.stat(p.sock).st_ino
        with Load(p.sock) as load:
            self.assertEqual(self.reload(p, web=dict(
                p.web, backlog=40))[0], 0)
        self.assertEqual(load.lost, [])
        self.assertEqual(os.stat(p.sock).st_ino, inode)
        for w in p.workers():
            halt(w["pid"])
        waiting = [connect(p.sock) for _ in range(30)]
        for s in waiting:
            s.close()
        for w in p.workers():
            resume(w["pid"])

    def test_own_accept(self):
        p = self.with_second(own_accept="off").start()
        with Load(p.sock) as load:
            self.assertEqual(self.reload(p, web=dict(
                p.web, own_accept="on"))[0], 0)
        self.assertEqual(load.lost, [])
        port = self.free_port()
        web = dict(p.web, listen=f"127.0.0.1:{port}", own_accept="on")
        self.assertEqual(self.reload(p, web=web)[0], 0)
        status, text = self.reload(p, web=dict(web, own_accept="off"))
        self.assertEqual(status, 1)
        self.assertIn("pools.web.own_accept: a reload cannot change it", text)
        self.assertTrue(ask(("127.0.0.1", port)))

    def test_another_name_for_the_same_path(self):
        p = self.with_second().start()
        with Load(p.sock) as load:
            self.assertEqual(self.reload(p, site=p.web)[0], 0)
        self.assertEqual(load.lost, [])
        self.assertEqual(self.names(p), ["site"])
        p.wait_log("pool.left pool=web")
        self.assertTrue(p.ask())

    def test_two_change_places(self):
        p = self.with_second()
        p.pools = {"web": p.web, "b": self.b}
        p.write()
        p.start()
        with Load(p.sock) as one, Load(self.b_sock) as two:
            self.assertEqual(self.reload(
                p, web=dict(p.web, listen=self.b["listen"]),
                b=dict(self.b, listen=p.web["listen"]))[0], 0)
        self.assertEqual((one.lost, two.lost), ([], []))
        # the old ones may take a last one
        until(lambda: p.ask()[4] == "b")
        until(lambda: ask(self.b_sock)[4] != "b")
        for _ in range(5):
            self.assertEqual(p.ask()[4], "b")
            self.assertNotEqual(ask(self.b_sock)[4], "b")

    def test_port_of_another_pool_is_refused(self):
        port = self.free_port()
        p = self.with_second(listen=f"127.0.0.1:{port}").start()
        status, text = self.reload(p, site=p.web)
        self.assertEqual(status, 1)
        self.assertIn(f"pools.site.listen: 127.0.0.1:{port} is still that of "
                      "pools.web", text)
        self.assertTrue(ask(("127.0.0.1", port)))


class Given(Changing):
    """A socket that somebody else made stays, whatever `listen` says."""

    def start_on_stdin(self, p, **more):
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(p.dir + "/given.sock")
            s.listen()
            p.start(stdin=s, **more)
        return p.dir + "/given.sock"

    def test_descriptor_0(self):
        p = self.with_second()
        given = self.start_on_stdin(p)
        with Load(given) as load:
            status, text = self.reload(
                p, web=dict(p.web, listen="fd:0"), b=self.b)
            self.assertEqual(status, 0, text)
            self.assertTrue(ask(self.b_sock))
            self.assertEqual(self.reload(p, web=dict(
                p.web, listen=f"unix:{p.dir}/x.sock"), b=self.b)[0], 0)
            p.wait_log("keeps the socket it was given")
            p.send(signal.SIGUSR2)  # two pools now, and fd 0 still web's
            p.wait_log("pool.ready", count=2)
        self.assertEqual(load.lost, [])
        self.assertFalse(os.path.exists(p.dir + "/x.sock"))
        self.assertTrue(ask(self.b_sock))
        self.assertEqual(self.reload(p, b=self.b)[0], 0)
        p.wait_log("pool.left pool=web")
        self.assertRaises(Lost, ask, given)
        self.assertTrue(ask(self.b_sock))

    def test_of_systemd_over_an_upgrade(self):
        p = self.with_second()
        given = p.dir + "/given.sock"
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(given)
            s.listen()
            os.dup2(s.fileno(), 100)
        self.addCleanup(os.close, 100)
        p.start(prefix=("/bin/bash", "-c", "exec 3<&100; export LISTEN_PID=$$ "
                        'LISTEN_FDS=1; exec "$0" "$@"'), pass_fds=[100])
        with Load(given) as load:
            self.assertEqual(self.reload(p, web=p.web, b=self.b)[0], 0)
            p.send(signal.SIGUSR2)
            p.wait_log("pool.ready", count=2)
        self.assertEqual(load.lost, [])
        self.assertTrue(ask(self.b_sock))
        self.assertEqual(p.stop(), 0)
        self.assertTrue(os.path.exists(given), "is systemd's")
        self.assertFalse(os.path.exists(self.b_sock))


class Upgrade(Changing):
    def test_after_pools_came_and_went(self):
        p = self.with_second().start()
        self.assertEqual(self.reload(p, web=dict(
            p.web, listen_mode="0666"), b=self.b)[0], 0)
        p.wait_log("pool.left")
        with Load(p.sock) as one, Load(self.b_sock) as two:
            p.send(signal.SIGUSR2)
            p.wait_log("pool.ready", count=2)
        self.assertEqual((one.lost, two.lost), ([], []))
        self.assertEqual(p.stop(), 0)
        self.assertEqual([f for f in os.listdir(p.dir) if "sock" in f], [])

    def test_refused_before_the_reload(self):
        p = self.with_second().start()
        for i, (pools, word) in enumerate((
                ({"web": p.web, "b": self.b}, "pools.b: a new pool"),
                ({"b": self.b}, "pools.b: a new pool"),
                ({"web": dict(p.web, listen_mode="0600")},
                 "pools.web.listen: another socket"))):
            p.pools = pools
            p.write()
            p.send(signal.SIGUSR2)
            p.wait_log("upgrade.refused", count=i + 1)
            self.assertIn(word, p.log())
        self.assertTrue(p.ask())

    def test_refused_while_a_pool_leaves(self):
        p = self.with_second()
        p.pools = {"web": p.web, "b": dict(self.b, stop_timeout="90s")}
        p.write()
        p.start()
        busy = send_request(self.b_sock, "/sleep/1500")
        halted = p.halt_busy(1)
        self.assertEqual(self.reload(p, web=p.web)[0], 0)
        p.send(signal.SIGUSR2)
        p.wait_log("upgrade.refused")
        self.assertIn("still finishes requests", p.log())
        resume(halted)
        self.assertTrue(read_answer(busy))


class Many(Changing):
    def test_reloads_one_after_the_other(self):
        """Pools that leave slowly do not add up without end."""
        p = self.with_second(workers=1).start()
        held, halted, i, text = [], [], 0, ""
        for i in range(20):
            sock = f"{p.dir}/{i}.sock"
            status, text = self.reload(p, web=p.web, **{f"p{i}": dict(
                self.b, workers=1, stop_timeout="90s",
                listen=f"unix:{sock}")})
            if status != 0:
                break
            held.append(send_request(sock, "/sleep/1500"))
            halted.append(p.halt_busy(1))
        self.assertIn("still finish requests; ask again", text)
        self.assertGreaterEqual(i, 8)
        for pid in halted:
            resume(pid)
        for s in held:
            self.assertTrue(read_answer(s))
        until(lambda: p.log().count("pool.left") == i - 1)
        status, text = p.ctl("reload")
        self.assertEqual(status, 0, text)


if __name__ == "__main__":
    unittest.main()
