"""What a start goes by: several files, a folder, ports, a rate."""
import ctypes
import os
import platform
import re
import signal
import socket
import struct
import subprocess
import time
import unittest
from datetime import datetime

from harness import Case, Load, ask, program, until


class Files(Case):
    def add(self, p, name, text):
        os.makedirs(p.dir + "/conf.d", exist_ok=True)
        with open(f"{p.dir}/conf.d/{name}", "w") as f:
            f.write(text)

    def test_included_files(self):
        """9: in alphabetical order, at a start and at a reload."""
        p = self.pool()
        p.write('include: ["conf.d/*.yaml"]\n')
        os.mkdir(p.dir + "/conf.d")
        self.add(p, "20.yaml", "pools: {web: {workers: 1}}\n")
        self.add(p, "10.yaml", "pools: {web: {workers: 4, backlog: 99}}\n")
        text = p.run("--dump")[1]
        self.assertIn("pools.web.workers: 1\n", text)
        self.assertIn("pools.web.backlog: 99\n", text)
        p.start()
        self.assertEqual(len(p.workers()), 1)
        self.add(p, "30.yaml", "pools: {b: {workers: 2, own_accept: on, "
                 f"command: {program('echo-worker')}, "
                 f"listen: 'unix:{p.dir}/b.sock'}}}}\n")
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertTrue(ask(p.dir + "/b.sock"))
        self.add(p, "40.yaml", "log:\n  level: 1\n")
        status, text = p.ctl("reload")
        self.assertEqual(status, 1)
        self.assertIn(f"{p.dir}/conf.d/40.yaml:2: log.level: unknown key",
                      text)
        self.assertEqual(p.run("-t")[0], 78)
        self.assertTrue(ask(p.dir + "/b.sock"))

    def test_prefix(self):
        """13: all relative paths start there; the file's, where we are."""
        p = self.pool(listen="unix:run/web.sock", workers=1)
        p.supervisor = {"control_socket": "run/c.sock",
                        "pid_file": "run/pid"}
        p.log_file = "run/log"
        p.write()
        home = p.dir + "/home"
        os.makedirs(home + "/run")
        conf, p.conf = p.conf, "pool.yaml"  # tests run in p.dir
        p.start("--prefix", "home")
        self.assertTrue(ask(home + "/run/web.sock"))
        with open(home + "/run/pid") as f:
            self.assertEqual(int(f.read()), p.proc.pid)
        self.assertTrue(os.path.exists(home + "/run/log"))
        with open(f"/proc/{p.children()[0]}/environ") as f:
            self.assertIn(f"PT_CONF={conf}\0", f.read())
        status, text = p.ctl("-p", "home", "reload")
        self.assertEqual(status, 0, text)
        self.assertEqual(p.ctl("reload")[0], 1)  # no socket here
        p.send(signal.SIGUSR2)
        p.wait_log("pool.ready", count=2)
        self.assertTrue(ask(home + "/run/web.sock"))
        self.assertEqual(p.stop(), 0)
        self.assertEqual(os.listdir(home + "/run"), ["log"])

    def test_prefix_has_the_configuration(self):
        p = self.pool()
        os.mkdir(p.dir + "/conf")
        os.rename(p.conf, p.dir + "/conf/personal-tech.yaml")
        p.conf = p.dir + "/conf/personal-tech.yaml"
        done = subprocess.run([program("ptpool"), "-p", p.dir, "-t"],
                              env=p.env, cwd="/", capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"conf/personal-tech.yaml is valid", done.stdout)
        status, text = p.run("--prefix", "/no/such", "-t")
        self.assertEqual(status, 78)
        self.assertIn("--prefix: /no/such: No such file", text)


def without_ipv6():
    """From here on socket(AF_INET6, …) fails, as where the kernel has none."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
    program_ = b"".join(struct.pack("=HBBI", *op) for op in (
        (0x20, 0, 0, 0),            # load the number of the call
        (0x15, 0, 3, number),       # socket()?
        (0x20, 0, 0, 16),           # load its first argument
        (0x15, 0, 1, socket.AF_INET6),
        (0x06, 0, 0, 0x00050000 | 97),  # EAFNOSUPPORT
        (0x06, 0, 0, 0x7fff0000)))  # allowed
    code = ctypes.create_string_buffer(program_, len(program_))
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(program_) // 8, ctypes.addressof(code)))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, head) != 0:
        os._exit(99)


class BarePort(Case):
    def test_bare_port(self):
        """14: IPv6 and IPv4, one socket."""
        port = self.free_port()
        p = self.pool(listen=port).start()
        self.assertTrue(ask(("127.0.0.1", port)))
        self.assertTrue(ask(("::1", port)))
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertTrue(ask(("::1", port)))

    def test_bare_port_without_ipv6(self):
        port = self.free_port()
        p = self.pool(listen=port)
        p.start(preexec_fn=without_ipv6)
        self.assertTrue(ask(("127.0.0.1", port)))
        with self.assertRaises(Exception):
            ask(("::1", port))

    def test_half_of_a_port_is_refused(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
            self.refused(self.pool(listen=port), f"listen on {port}",
                         "in use")
        for bad in ("0", "65536"):
            status, text = self.pool(listen=bad).run("-t")
            self.assertEqual(status, 78)
            self.assertIn(f"port {bad} is not 1…65535", text)


class StartRate(Case):
    def starts(self, p):
        """Seconds of each start."""
        return [datetime.fromisoformat(t.replace("Z", "+00:00")).timestamp()
                for t in re.findall(r"(?m)^(\S+) .*worker\.start ", p.log())]

    def in_order(self, starts, distance):
        """Each so long after the one before. On a busy machine a line may be
        written late; then the next one is near it, and far from the last."""
        near = [i for i, (a, b) in enumerate(zip(starts, starts[1:]))
                if b - a <= distance]
        for i in near[near[:1] == [0]:]:
            self.assertGreater(starts[i + 1] - starts[i - 1], 2 * distance)
        self.assertLessEqual(len(near), (len(starts) - 1) // 4, starts)

    def test_at_the_start(self):
        p = self.pool(workers=6, start_rate=10).start()
        self.assertEqual(len(self.starts(p)), 6)
        self.in_order(self.starts(p), 0.09)

    def test_after_deaths_and_growing(self):
        p = self.pool(workers="{min: 4, max: 8}", spare=4,
                      start_rate=10).start()
        time.sleep(1.1)  # they are no failed starts
        for w in p.workers():
            os.kill(w["pid"], signal.SIGKILL)
        until(lambda: len(p.workers()) == 4)
        with Load(p.sock, threads=8, path="/sleep/20") as load:
            until(lambda: len(p.workers()) == 8)
        self.assertEqual(load.lost, [])
        self.in_order(self.starts(p), 0.09)
        self.assertEqual(p.health()[1]["pools"][0]["start_failures"], 0)

    def test_failing_starts(self):
        """The wait for all of them grows; after it they do not rush."""
        p = self.pool(workers=4, start_rate=20, env={"ECHO": "fail"})
        p.start(ready=False)
        p.wait_log("retry_ms=400", timeout=30)
        self.in_order(self.starts(p), 0.045)
        p.mode("")
        p.wait_log("pool.ready")
        self.in_order(self.starts(p), 0.045)

    def test_reload_is_not_held_up(self):
        p = self.pool(workers=2, start_rate=10, env={"ECHO": "fail"})
        p.start(ready=False)
        p.wait_log("retry_ms=3200", timeout=30)
        p.mode("")
        begin = time.monotonic()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertLess(time.monotonic() - begin, 2.5)
        self.assertEqual(len(p.workers()), 2)


if __name__ == "__main__":
    unittest.main()
