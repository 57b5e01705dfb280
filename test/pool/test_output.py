"""What workers write to standard output and error, as it is found in the
log of ptpool: whole, once, and with the name of who wrote it.
"""
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import threading
import time
import unittest

import harness
from harness import Case, Lost, ask, until

LINE = re.compile(r"\S+Z (\w+) +(\S+)\[(\d+)\] output pool=(\w+) "
                  r"stream=(\w+) (.*)")
PHP = shutil.which("php-cgi")  # without it these tests fail


class Written(Case):
    def data(self, p, content, name="data"):
        """A file with this content, at once, for paths of the echo worker."""
        path = f"{p.dir}/{name}"
        with open(path + ".new", "wb") as f:
            f.write(content)
        os.rename(path + ".new", path)
        return path

    def say(self, p, content, fd=2, verb="write"):
        """The pid of the worker that wrote it."""
        return p.ask(f"/{verb}/{fd}{self.data(p, content)}", timeout=60)[0]

    @staticmethod
    def in_file(p, *parts):
        """The log's file, once these parts are in it, as in the console."""
        def text():
            with open(p.log_file) as f:
                return f.read()
        until(lambda: all(part in text() for part in parts),
              what=f"{parts} in the file")
        return text()

    @staticmethod
    def output(p):
        """(level, program, pid, pool, stream, text) of each such line."""
        return [m.groups() for m in map(LINE.fullmatch, p.log().splitlines())
                if m]


class Lines(Written):
    def test_each_line_names_its_writer(self):
        """48, 49"""
        p = self.pool(workers=1).start()
        pid = self.say(p, b"one\n\ntwo three\n", fd=1)
        p.wait_log("two three")  # two pipes have no order
        self.say(p, b"four\n", fd=2)
        p.wait_log("four")
        who = ("echo-worker", pid, "web")
        self.assertEqual(self.output(p), [
            ("info", *who, "stdout", "one"), ("info", *who, "stdout", ""),
            ("info", *who, "stdout", "two three"),
            ("warning", *who, "stderr", "four")])

    def test_no_byte_reaches_a_terminal(self):
        p = self.pool(workers=1).start()
        self.say(p, b"a\x1b[31m\xff\xc3(\x00\t\x7f\xc2\x9b \xed\xa0\x80 "
                    b"\xc3\xb1\xe2\x82\xac\xf0\x9f\x98\x80\r\nend\n")
        p.wait_log("stream=stderr end\n")
        self.assertEqual(
            self.output(p)[0][5],
            r"a\x1b[31m\xff\xc3(\x00\x09\x7f\xc2\x9b \xed\xa0\x80 "
            "ñ€😀" + r"\x0d")

    def test_long_line_is_split_and_put_together_again(self):
        """50: 10 MB without an end; others are served meanwhile."""
        p = self.pool().start()
        text = "".join(random.choices("abc ñ€😀", k=6_000_000))
        content = text.encode()
        self.assertGreater(len(content), 10_000_000)
        talker = threading.Thread(target=self.say, args=(p, content))
        talker.start()
        slowest, started = 0, time.monotonic()
        while talker.is_alive():
            begin = time.monotonic()
            self.assertEqual(p.health()[0], 200)
            ask(p.sock)
            slowest = max(slowest, time.monotonic() - begin)
        talker.join()
        took = time.monotonic() - started
        p.stop()  # the line ends with the worker
        found = [re.fullmatch(r"part=(\d+)(/\d+)? (.*)", o[5])
                 for o in self.output(p)]
        found = [m for m in found if m]
        self.assertEqual([int(m[1]) for m in found],
                         list(range(1, len(found) + 1)))
        self.assertEqual([m[2] for m in found[:-1]],
                         [None] * (len(found) - 1))
        self.assertEqual(found[-1][2], f"/{len(found)}")
        self.assertTrue("".join(m[3] for m in found) == text, "text differs")
        # nobody waits for the whole of it, however slow the machine is
        self.assertLess(slowest, max(1, took / 2))

    def test_length_at_the_limit(self):
        p = self.pool(workers=1).start()
        for n in (8191, 8192, 8193):
            self.say(p, b"x" * n + b"\n")
        self.say(p, b"end\n")
        p.wait_log("stream=stderr end\n")
        self.assertEqual(
            [o[5] for o in self.output(p)],
            ["x" * 8191, "x" * 8192, "part=1 " + "x" * 8192, "part=2/2 x",
             "end"])

    def test_two_at_once_do_not_mix(self):
        p = self.pool(workers=2).start()
        rng = random.Random(4)
        def lines(name):
            return [f"{name} {i} " + name * rng.randrange(3000)
                    for i in range(1500)]
        texts = {name: lines(name) for name in "ab"}
        paths = {name: self.data(p, "\n".join(ls).encode() + b"\n", name)
                 for name, ls in texts.items()}
        threads = [threading.Thread(target=p.ask, args=(f"/write/{fd}{path}",),
                                    kwargs={"timeout": 60})
                   for fd, path in enumerate(paths.values(), 1)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        p.wait_log(texts["a"][-1])
        p.wait_log(texts["b"][-1])
        got = [o[5] for o in self.output(p)]
        self.assertEqual(len(got), 3000)
        for name, ls in texts.items():
            self.assertTrue([g for g in got if g[0] == name] == ls, name)

    def test_nobody_else_is_held_up(self):
        """A supervisor that does not read holds up who writes, and only
        that worker; nothing is lost."""
        p = self.pool(workers=2).start()
        lines = [f"line {i}" for i in range(40000)]
        path = self.data(p, "\n".join(lines).encode() + b"\n")
        p.send(signal.SIGSTOP)
        s = harness.send_request(p.sock, f"/write/2{path}", timeout=30)
        for _ in range(20):
            ask(p.sock)
        s.settimeout(0.3)
        self.assertRaises(Lost, self.peek, s)
        s.settimeout(30)
        p.send(signal.SIGCONT)
        self.assertTrue(harness.read_answer(s))
        p.wait_log("line 39999")
        self.assertEqual([o[5] for o in self.output(p)], lines)

    @staticmethod
    def peek(s):
        try:
            return s.recv(1)
        except OSError as e:
            raise Lost(str(e)) from e


class Endings(Written):
    def test_all_it_said_stands_before_its_death(self):
        p = self.pool(workers=1).start()
        lines = [f"last words {i}" for i in range(3000)]
        content = "\n".join(lines).encode() + b"\nand in the mid"
        pid = p.workers()[0]["pid"]
        self.assertRaises(Lost, self.say, p, content, 2, "die")
        p.wait_log("worker.died")
        head = p.log().split("worker.died")[0]
        self.assertEqual(
            [m[6] for m in map(LINE.fullmatch, head.splitlines()) if m],
            lines + ["and in the mid"])
        self.assertEqual({o[2] for o in self.output(p)}, {str(pid)})

    def test_failed_start_says_why(self):
        p = self.pool(command="[sh, -c, 'echo no luck >&2; exit 5']")
        p.start(ready=False)
        p.wait_log("worker.start_failed")
        lines = p.log().splitlines()
        said = next(i for i, l in enumerate(lines) if "no luck" in l)
        told = next(i for i, l in enumerate(lines) if "start_failed" in l)
        self.assertLess(said, told)
        self.assertRegex(lines[said], r" sh\[\d+\] output pool=web ")

    def test_failed_reload_says_why(self):
        """The log itself may be another one after a reload."""
        p = self.pool().start()
        for _ in range(2):
            self.assertEqual(p.ctl("reload")[0], 0)
        p.pools["web"]["command"] = "[sh, -c, 'echo no luck >&2; exit 5']"
        p.write()
        self.assertEqual(p.ctl("reload")[0], 1)
        said = r" sh\[\d+\] output pool=web stream=stderr no luck\n"
        until(lambda: re.search(said, p.log()))

    def test_child_of_a_worker_holds_nothing_up(self):
        """It has the pipe; the dead worker is replaced at once, and what
        the child writes later is not lost."""
        p = self.pool(workers=1).start()
        pid = p.workers()[0]["pid"]
        self.assertRaises(Lost, p.ask, f"/leave/2{p.dir}/below")
        until(lambda: [w for w in p.workers() if w["pid"] != pid])
        self.data(p, b"from below\n", "below")  # now it may write
        p.wait_log(f"echo-worker[{pid}] output pool=web stream=stderr "
                   "from below")
        begin = time.monotonic()
        self.assertEqual(p.stop(), 0)
        self.assertLess(time.monotonic() - begin, 4)

    def test_descriptors_are_given_back(self):
        p = self.pool(workers=1).start()
        def count():
            return len(os.listdir(f"/proc/{p.proc.pid}/fd"))
        before = count()
        for _ in range(10):
            pid = p.workers()[0]["pid"]
            p.ask("/exit")
            until(lambda: [w for w in p.workers() if w["pid"] != pid])
        until(lambda: count() == before, what="as many as before")

    def test_worker_outlives_its_supervisor(self):
        """57: writing to a pipe that nobody reads any more does not kill
        it: the request is finished."""
        p = self.pool(workers=1).start()
        pid = p.workers()[0]["pid"]
        s = harness.send_request(p.sock, f"/late/2{p.dir}/late")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        p.proc.kill()
        p.wait()
        self.data(p, b"x\n" * 9, "late")
        self.assertTrue(harness.read_answer(s))
        until(lambda: harness.gone(pid), what="it leaves")
        os.truncate(p.log_path, 0)
        p.start()
        self.say(p, b"again\n")
        p.wait_log("output pool=web stream=stderr again")

    def by_turns(self, p, n=2000):
        """[(stream, text)] of n lines, written to 1 and 2 by turns."""
        text = "".join(f"line {i}\n" for i in range(n))
        path = self.data(p, text.encode(), "turns")
        p.ask(f"/both{path}", timeout=60)
        until(lambda: len(self.output(p)) >= n, what="all of them")
        return [(o[4], o[5]) for o in self.output(p)]

    def test_merged_keeps_the_order(self):
        """49"""
        p = self.pool(workers=1, output="merged").start()
        self.assertEqual(self.by_turns(p),
                         [("both", f"line {i}") for i in range(2000)])
        self.assertEqual({o[0] for o in self.output(p)}, {"warning"})

    def test_apart_each_keeps_its_own(self):
        """49: that is all that two pipes can tell"""
        p = self.pool(workers=1).start()
        lines = self.by_turns(p)
        for turn, stream in enumerate(("stdout", "stderr")):
            self.assertEqual([text for name, text in lines if name == stream],
                             [f"line {i}" for i in range(turn, 2000, 2)])

    def test_inherit(self):
        p = self.pool(workers=1, output="inherit").start()
        self.say(p, b"as it is\n")
        until(lambda: "\nas it is\n" in p.log())


class Upgrade(Written):
    """USR2: the program that takes the place of ptpool reads on."""

    def upgrade(self, p):
        p.send(signal.SIGUSR2)
        p.wait_log("pool.ready", count=2)

    def test_a_worker_of_before_is_heard(self):
        p = self.pool(workers=1).start()
        pid = str(p.workers()[0]["pid"])
        self.say(p, b"before\nbegun")
        s = harness.send_request(p.sock, f"/late/1{p.dir}/late")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        self.upgrade(p)
        self.data(p, b"late 1\nlate 2\n", "late")
        self.assertTrue(harness.read_answer(s))
        p.wait_log("late 2")
        self.assertEqual([(o[2], o[4], o[5]) for o in self.output(p)],
                         [(pid, "stderr", "before"), (pid, "stderr", "begun"),
                          (pid, "stdout", "late 1"),
                          (pid, "stdout", "late 2")])
        until(lambda: harness.gone(pid))
        new = self.say(p, b"after\n")
        self.assertNotEqual(new, pid)
        p.wait_log(f"echo-worker[{new}] output pool=web stream=stderr after")
        self.assertEqual(p.stop(), 0)

    def test_a_merged_one_is_heard(self):
        p = self.pool(workers=1, output="merged").start()
        pid = str(p.workers()[0]["pid"])
        s = harness.send_request(p.sock, f"/late/1{p.dir}/late")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        self.upgrade(p)
        self.data(p, b"late 1\nlate 2\n", "late")
        self.assertTrue(harness.read_answer(s))
        p.wait_log("late 2")
        self.assertEqual([(o[2], o[4], o[5]) for o in self.output(p)],
                         [(pid, "both", "late 1"), (pid, "both", "late 2")])
        until(lambda: harness.gone(pid))
        self.assertEqual(p.stop(), 0)

    def test_a_child_of_a_dead_worker_is_heard(self):
        p = self.pool(workers=1).start()
        pid = p.workers()[0]["pid"]
        self.assertRaises(Lost, p.ask, f"/leave/2{p.dir}/below")
        self.upgrade(p)
        self.data(p, b"from below\n", "below")
        p.wait_log(f"echo-worker[{pid}] output pool=web stream=stderr "
                   "from below")

    def test_a_refused_one_changes_nothing(self):
        p = self.pool(workers=1)
        file = p.dir + "/ptpool"
        shutil.copy(harness.program("ptpool"), file)
        p.start(ptpool=file)
        os.unlink(file)
        p.send(signal.SIGUSR2)
        p.wait_log("upgrade.refused")
        self.say(p, b"still heard\n")
        p.wait_log("stderr still heard")


class Forms(Written):
    def own(self, pid, text, level="info"):
        return (f"2026-11-24T03:26:58.123Z {level:7} ptworker[{pid}] {text}\n"
                .encode())

    def test_line_of_our_logger_goes_as_it_is(self):
        """Once to the console; its writer put it into the file himself."""
        p = self.pool(workers=1)
        p.log_file = p.dir + "/file"
        p.write()
        p.start()
        pid = p.workers()[0]["pid"]
        line = self.own(pid, "db.lost reason=\"ñ\"", "warning")
        self.say(p, line + b"not ours\n")
        self.say(p, self.own(1, "by another"))
        self.say(p, self.own(pid, "with \x1b[0m"))
        self.say(p, self.own(pid, "of no level", "loud"))
        self.say(p, b"end\n")
        p.wait_log("stderr end")
        self.assertEqual(p.log().count(line.decode()), 1)
        self.assertNotIn("stderr " + line.decode(), p.log())
        self.assertEqual(len(self.output(p)), 5)
        text = self.in_file(p, "stderr end\n")
        self.assertNotIn("db.lost", text)
        for part in ("stderr not ours\n", "by another", r"with \x1b[0m",
                     "of no level", "stderr end\n"):
            self.assertIn(part, text)

    def test_json_goes_as_it_is(self):
        p = self.pool(workers=1)
        p.log_format = "json"
        p.log_file = p.dir + "/file"
        p.write()
        p.start()
        pid = p.workers()[0]["pid"]
        own = {"time": "t", "level": "info", "program": "ptworker",
               "pid": pid, "event": "own", "message": "ñ"}
        for line in ('{"a":1,"b":{"c":[1,2,"ñ\\u0001"]}}', "{}",
                     '{"pool":"mine","pid":7,"x":null}', json.dumps(own),
                     '{"a":1} and more', '{"a":', '["list"]', '{a:1}',
                     '{"a":"\x1b"}', "plain \\ \"text\"", "\x01"):
            self.say(p, line.encode() + b"\n")
        self.say(p, b'{"bad":"\xff"}\n')
        self.say(p, b"end\n")
        p.wait_log('"message":"end"')
        lines = [json.loads(line, parse_constant=self.fail)
                 for line in p.log().splitlines()]
        lines = [o for o in lines if o.get("program") != "ptpool"]
        self.assertEqual(lines[:4], [
            {"pool": "web", "pid": pid, "a": 1,
             "b": {"c": [1, 2, "ñ\x01"]}},
            {"pool": "web", "pid": pid},
            {"pool": "mine", "pid": 7, "x": None},
            {"pool": "web", **own}])
        rest = lines[4:]
        self.assertEqual(
            [o["message"] for o in rest],
            ['{"a":1} and more', '{"a":', '["list"]', '{a:1}',
             '{"a":"\x1b"}', 'plain \\ "text"', "\x01", '{"bad":"ÿ"}',
             "end"])
        for o in rest:
            self.assertEqual((o["event"], o["pid"], o["pool"], o["stream"],
                              o["program"], o["level"]),
                             ("output", pid, "web", "stderr", "echo-worker",
                              "warning"))
        text = self.in_file(p, '"message":"end"')
        self.assertNotIn('"event":"own"', text)
        self.assertIn('"pool":"mine"', text)

    def test_parts_in_json(self):
        p = self.pool(workers=1)
        p.log_format = "json"
        p.write()
        p.start()
        self.say(p, b'{"a":"' + b"\xff" * 20000 + b'"}\n')
        p.wait_log('"parts"')
        parts = [o for o in map(json.loads, p.log().splitlines())
                 if o.get("event") == "output"]
        self.assertEqual([(o["part"], o.get("parts")) for o in parts],
                         [(1, None), (2, None), (3, 3)])
        self.assertEqual("".join(o["message"] for o in parts),
                         '{"a":"' + "ÿ" * 20000 + '"}')

    def test_levels(self):
        """47: the least level of the log holds for output too."""
        p = self.pool(workers=1)
        p.log_file = p.dir + "/file"
        p.write()
        with open(p.conf, "a") as f:
            f.write("  file_level: warning\n")
        p.start()
        self.say(p, b"quiet\n", fd=1)
        p.wait_log("stdout quiet")
        self.say(p, b"loud\n", fd=2)
        p.wait_log("stderr loud")
        self.assertNotIn("quiet", self.in_file(p, "stderr loud"))


class Console(Written):
    """Standard error of ptpool is a pipe whose reader has stopped."""

    def start_unread(self, p):
        r, w = os.pipe()
        self.addCleanup(os.close, r)
        p.proc = subprocess.Popen(
            [harness.program("ptpool"), "-c", p.conf], env=p.env, cwd=p.dir,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=w)
        os.close(w)
        def serves():
            try:
                return p.health()[1]["status"] == "ok"
            except OSError:
                return False
        until(serves)
        return r

    @staticmethod
    def read_all(r, found):
        while block := os.read(r, 65536):
            found.append(block)

    def test_it_holds_up_who_writes_and_nobody_else(self):
        p = self.pool(workers=3, stop_timeout="60s")
        r = self.start_unread(p)
        lines = [f"line {i} ñ" for i in range(60000)]
        path = self.data(p, "\n".join(lines).encode() + b"\n")
        s = harness.send_request(p.sock, f"/write/2{path}", timeout=60)
        s.settimeout(0.3)
        self.assertRaises(OSError, s.recv, 1)
        s.settimeout(60)
        pid = next(w["pid"] for w in p.workers() if not w["busy"])
        os.kill(pid, signal.SIGKILL)
        p.send(signal.SIGUSR1)
        self.assertEqual(p.ctl("reload")[0], 0)
        took = []
        for _ in range(50):
            begin = time.monotonic()
            self.assertEqual(p.health()[0], 200)
            ask(p.sock)
            took.append(time.monotonic() - begin)
        self.assertLess(sorted(took)[-5], 1)  # four may have had bad luck
        with open(f"/proc/{p.proc.pid}/stat") as f:
            ticks = sum(map(int, f.read().rsplit(") ")[1].split()[11:13]))
        time.sleep(0.5)
        with open(f"/proc/{p.proc.pid}/stat") as f:
            more = sum(map(int, f.read().rsplit(") ")[1].split()[11:13]))
        self.assertLess(more - ticks, 10, "it waits, not spins")
        found = []
        reader = threading.Thread(target=self.read_all, args=(r, found))
        reader.start()
        self.assertTrue(harness.read_answer(s))
        self.assertEqual(p.stop(), 0)
        reader.join()
        text = b"".join(found).decode()
        got = [m[6] for m in map(LINE.fullmatch, text.splitlines()) if m]
        self.assertTrue(got == lines, f"{len(got)} lines")
        for event in ("worker.died", "log.reopened", "reload.done",
                      "pool.stopped"):
            self.assertIn(event, text)
        self.assertNotIn("log.lost", text)

    def test_what_is_lost_is_counted(self):
        """Only what ptpool must say itself, or a dying worker has said."""
        p = self.pool(workers=1)
        r = self.start_unread(p)
        path = self.data(p, b"x" * 99 + b"\n" + (b"y" * 99 + b"\n") * 600)
        for _ in range(40):
            self.assertRaises(Lost, ask, p.sock, f"/die/2{path}")
            until(lambda: p.workers())
        found = []
        reader = threading.Thread(target=self.read_all, args=(r, found))
        reader.start()
        until(lambda: b"log.lost" in b"".join(found))
        self.assertEqual(p.stop(), 0)
        reader.join()
        text = b"".join(found).decode()
        lost = sum(int(n) for n in re.findall(r"log.lost lines=(\d+)", text))
        self.assertGreater(lost, 0)
        self.assertLess(len(text), 3 << 20)

    def test_it_ends_though_nobody_reads(self):
        p = self.pool(workers=1, stop_timeout="300ms")
        self.start_unread(p)
        path = self.data(p, b"x\n" * 1000000)
        s = harness.send_request(p.sock, f"/write/2{path}")
        until(lambda: p.health()[1]["pools"][0]["workers"]["busy"] == 1)
        begin = time.monotonic()
        self.assertEqual(p.stop(), 0)
        self.assertLess(time.monotonic() - begin, 4)
        s.close()


class Streams(Written):
    def test_workers_hold_neither_stream_of_the_supervisor(self):
        """32: who started it waits for no worker, and nothing of them gets
        there but by the log."""
        p = self.pool(workers=2).start()
        ours = {os.readlink(f"/proc/{p.proc.pid}/fd/{fd}") for fd in (1, 2)}
        self.assertEqual(ours, {os.path.realpath(p.log_path)})
        for worker in p.workers():
            folder = f"/proc/{worker['pid']}/fd"
            held = {os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)}
            self.assertFalse(ours & held, held)


class Rotation(Written):
    def test_nothing_is_lost(self):
        """31, 70: USR1 while workers write."""
        p = self.pool(workers=2)
        p.log_file = p.dir + "/file"
        p.write()
        p.start()
        lines = [f"{i} {'x' * (i % 200)}" for i in range(30000)]
        path = self.data(p, "\n".join(lines).encode() + b"\n")
        s = [harness.send_request(p.sock, f"/write/{fd}{path}", timeout=60)
             for fd in (1, 2)]
        files, moved = [p.log_file], 0
        while moved < 2 or not all(f"stream={n} 29999 " in p.log()
                                   for n in ("stdout", "stderr")):
            moved += 1
            files.insert(0, f"{p.log_file}.{moved}")
            os.rename(p.log_file, files[0])
            p.send(signal.SIGUSR1)
            until(lambda: os.path.exists(p.log_file))
        for one in s:
            self.assertTrue(harness.read_answer(one))
        files = [f"{p.log_file}.{i}" for i in range(1, moved + 1)]
        def written():
            text = ""
            for name in files + [p.log_file]:
                with open(name) as f:
                    text += f.read()
            return text
        # the console may have it before the file has
        until(lambda: written().count(f" {lines[-1]}\n") == 2)
        text = written()
        got = [m.groups() for m in map(LINE.fullmatch, text.splitlines())
               if m]
        for stream in ("stdout", "stderr"):
            self.assertTrue([g[5] for g in got if g[4] == stream] == lines,
                            stream)


class Foreign(Written):
    def test_php(self):
        p = self.pool(command=PHP, own_accept="off", ready="exec", workers=1)
        p.start()
        script = self.data(
            p, b"<?php fwrite(fopen('php://stderr', 'w'), \"a\\nb\\n\");"
               b" echo getmypid();", "x.php")
        with harness.connect(p.sock) as s:
            s.sendall(
                harness.record(1, struct.pack(">HB5x", 1, 0)) +
                harness.record(4, harness.params(
                    {"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": script,
                     "REDIRECT_STATUS": "200"})) +
                harness.record(4) + harness.record(5))
            pid = harness.read_answer(s)
        p.wait_log("stderr b")
        self.assertEqual([o[1:] for o in self.output(p)],
                         [("php-cgi", pid, "web", "stderr", "a"),
                          ("php-cgi", pid, "web", "stderr", "b")])


if __name__ == "__main__":
    unittest.main()
