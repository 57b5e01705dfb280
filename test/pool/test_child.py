"""What a worker's process is set to, read back from /proc, and who may
connect to the socket in front of it.
"""
import grp
import os
import re
import shutil
import signal
import struct
import subprocess
import unittest

import harness
from harness import Case, connect, until
from test_pool import as_nobody, root

PHP = shutil.which("php-cgi")  # without it these tests fail
GETFACL = shutil.which("getfacl")


def environment(pid):
    with open(f"/proc/{pid}/environ", "rb") as f:
        entries = f.read().decode().split("\0")
    return dict(e.split("=", 1) for e in entries if e)


def status(pid, name):
    with open(f"/proc/{pid}/status") as f:
        return re.search(rf"^{name}:\s+(.*)$", f.read(), re.M)[1].strip()


def limits(pid, name):
    with open(f"/proc/{pid}/limits") as f:
        return re.search(rf"^{name}\s+(\S+)\s+(\S+)", f.read(), re.M).groups()


class Settings(Case):
    def worker(self, p):
        return p.workers()[0]["pid"]

    def refuses(self, p, **keys):
        """The text of a configuration test that fails with 78."""
        p.pools["web"] = dict(p.web, **keys)
        p.write()
        code, text = p.run("-t")
        self.assertEqual(code, 78, text)
        return text

    def test_as_ptpool_unless_told(self):
        p = self.pool(workers=1)
        p.start(preexec_fn=lambda: os.umask(0o026))
        pid = self.worker(p)
        self.assertEqual(status(pid, "Umask"), "0026")
        self.assertEqual(status(pid, "NoNewPrivs"), "1")
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), p.dir)
        for name in ("Max core file size", "Max address space"):
            self.assertEqual(limits(pid, name), limits("self", name))

    def test_all_are_set(self):
        p = self.pool(workers=1, umask="0137", chdir="/usr/bin",
                      limit_nofile=99, limit_core="64KiB",
                      limit_as="65536GiB",  # sanitizers reserve a lot
                      no_new_privs="off").start()
        pid = self.worker(p)
        self.assertEqual(status(pid, "Umask"), "0137")
        self.assertEqual(status(pid, "NoNewPrivs"), "0")
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/usr/bin")
        self.assertEqual(limits(pid, "Max open files"), ("99", "99"))
        self.assertEqual(limits(pid, "Max core file size"),
                         ("65536", "65536"))
        self.assertEqual(limits(pid, "Max address space"),
                         (str(1 << 46), str(1 << 46)))
        self.assertTrue(p.ask())

    def test_open_files_of_ptpool_are_its_own(self):
        """It takes as many as it may; workers get what it was given."""
        p = self.pool(workers=1)
        p.start(prefix=["prlimit", "--nofile=64:4096", "--"])
        self.assertEqual(limits(p.proc.pid, "Max open files"),
                         ("4096", "4096"))
        self.assertEqual(limits(self.worker(p), "Max open files"),
                         ("64", "4096"))
        self.assertEqual(p.ctl("scale", "web", "30")[0], 0)
        until(lambda: len(p.workers()) == 30, what="90 pipes")
        p.send(signal.SIGUSR2)
        p.wait_log("pool.ready", count=2)
        self.assertEqual(limits(p.proc.pid, "Max open files"),
                         ("4096", "4096"))
        self.assertEqual(limits(self.worker(p), "Max open files"),
                         ("64", "4096"))

    def test_what_cannot_be_set_is_named(self):
        p = self.pool(workers=1, limit_nofile=5000)
        p.start(prefix=["prlimit", "--nofile=64:100", "--"], ready=False,
                preexec_fn=self.unprivileged(p))
        p.wait_log("worker.start_failed")
        p.wait_log("cause: limit_nofile: Operation not permitted")
        p.stop()
        q = self.pool(workers=1, chdir=p.dir + "/closed")
        os.mkdir(p.dir + "/closed", 0o000 if not root() else 0o700)
        q.start(ready=False, preexec_fn=self.unprivileged(q))
        q.wait_log("worker.start_failed")
        q.wait_log(f"cause: chdir {p.dir}/closed: Permission denied")

    @staticmethod
    def unprivileged(p):
        os.chmod(p.dir, 0o777)
        return as_nobody if root() else None

    def test_a_failed_setting_keeps_the_old_generation(self):
        p = self.pool(workers=1).start()
        pid = self.worker(p)
        folder = p.dir + "/gone"
        os.mkdir(folder)
        p.pools["web"]["chdir"] = folder
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertNotEqual(self.worker(p), pid)
        os.rmdir(folder)
        code, text = p.ctl("reload")
        self.assertEqual(code, 1)
        self.assertIn("pools.web.chdir: no folder", text)
        self.assertTrue(p.ask())

    def test_bad_values(self):
        p = self.pool()
        for keys, text in (
                ({"umask": "0778"}, "pools.web.umask"),
                ({"umask": "01000"}, "pools.web.umask"),
                ({"limit_nofile": 3}, "pools.web.limit_nofile"),
                ({"limit_core": "5"}, "pools.web.limit_core"),
                ({"limit_as": "4KiB"}, "pools.web.limit_as"),
                ({"chdir": "relative"}, "does not begin with /"),
                ({"chdir": "/no/such"}, "pools.web.chdir: no folder /no/such"),
                ({"group": "no-such-group"}, "no-such-group"),
                ({"environment": "[a-b]"}, "\"a-b\""),
                ({"environment": "['=x']"}, "pools.web.environment"),
                ({"environment": "[1A]"}, "pools.web.environment"),
                ({"environment": "['A*B']"}, "pools.web.environment"),
                ({"environment": "[PTPOOL_SLOT=9]"}, "belongs to ptpool"),
                ({"environment": "[PT_CONF]"}, "belongs to ptpool"),
                ({"output": "away"}, "pools.web.output"),
                ({"no_new_privs": "maybe"}, "pools.web.no_new_privs"),
                ({"listen_owner": "no-such-user"}, "pools.web.listen_owner"),
                ({"listen_acl": "[nobody]"}, "pools.web.listen_acl"),
                ({"listen_acl": "['user:']"}, "pools.web.listen_acl"),
                ({"listen_acl": "['user:no-such-user']"}, "no-such-user"),
                ({"listen_acl": "['group:no-such-group']"},
                 "no-such-group")):
            self.assertIn(text, self.refuses(p, **keys))

    def test_apparmor(self):
        """53: the program is executed in a profile, or nothing starts."""
        enabled = "/sys/module/apparmor/parameters/enabled"
        there = False
        if os.path.exists(enabled):
            with open(enabled, encoding="ascii") as f:
                there = f.read().strip() == "Y"
        p = self.pool(workers=1, apparmor_profile="unconfined")
        if there:
            p.start()
            pid = p.workers()[0]["pid"]
            with open(f"/proc/{pid}/attr/current", encoding="ascii") as f:
                self.assertEqual(f.read().strip("\0\n"), "unconfined")
            p.web["apparmor_profile"] = "no-such-profile"
            p.write()
            self.assertEqual(p.ctl("reload")[0], 1)
            p.wait_log("apparmor_profile no-such-profile: ")
            self.assertEqual(p.ask()[0], str(pid))
        else:
            status, text = p.run("--test")
            self.assertEqual(status, 78)
            self.assertIn("pools.web.apparmor_profile: this kernel has no "
                          "AppArmor, or it is off; remove it", text)
            p.start(ready=False)
            self.assertEqual(p.wait(), 78)
        p = self.pool(apparmor_profile='"two words"')
        status, text = p.run("--test")
        self.assertEqual(status, 78)
        self.assertIn('"two words" is no name of a profile', text)

    def test_relative_command_and_chdir(self):
        p = self.pool(workers=1)
        shutil.copy(p.web["command"], p.dir + "/mine")
        p.pools["web"].update(command="./mine", chdir="/")
        p.write()
        p.start()
        self.assertTrue(p.ask())

    @unittest.skipUnless(root(), "needs root")
    def test_user_and_group(self):
        """8: a number gets the groups of its user."""
        p = self.pool(workers=1, user="nobody", group="daemon").start()
        pid = self.worker(p)
        gid = str(grp.getgrnam("daemon").gr_gid)
        self.assertEqual(set(status(pid, "Gid").split()), {gid})
        self.assertIn(gid, status(pid, "Groups").split())
        self.assertEqual(set(status(pid, "Uid").split()), {"65534"})
        env = environment(pid)
        self.assertEqual((env["USER"], env["LOGNAME"], env["HOME"]),
                         ("nobody", "nobody", "/nonexistent"))
        q = self.pool(workers=1, user=1).start()
        pid = self.worker(q)
        self.assertEqual(set(status(pid, "Uid").split()), {"1"})
        self.assertEqual(set(status(pid, "Gid").split()), {"1"})
        r = self.pool(workers=1, group=1).start()
        pid = self.worker(r)
        self.assertEqual(set(status(pid, "Uid").split()), {"0"})
        self.assertEqual(status(pid, "Groups"), "1")

    def test_ignored_without_root(self):
        """8, 15: notices, no failure."""
        p = self.pool(workers=1, user="nobody", group="daemon",
                      listen_owner="daemon")
        p.start(preexec_fn=self.unprivileged(p))
        for key in ("user", "group", "listen_owner"):
            self.assertIn(f"pools.web.{key}: ignored", p.log())


class Environment(Case):
    ALWAYS = {"PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR"}

    def test_only_what_is_listed(self):
        p = self.pool(workers=1, env={"ECHO_A": "1", "APP_ONE": "1",
                                      "APPLE": "no", "LC_TIME": "C",
                                      "TZ": "UTC", "SET": "outside"})
        p.env.update(SECRET_KEY="geheim", PTPOOL_SLOT="7", LD_LIBRARY_PATH="/")
        p.pools["web"]["environment"] = (
            "[ECHO_MODE_FILE, APP_*, SET=inside, HOME=/else, 'E=a=b c',"
            " NOT_THERE]")
        p.write()
        p.start()
        env = environment(p.workers()[0]["pid"])
        own = {k for k in env if k.startswith("PTPOOL_")}
        self.assertEqual(own, {"PTPOOL_" + n for n in (
            "READY_FD", "BOARD_FD", "SHM_FD", "SLOT", "GENERATION",
            "REQUEST_MS", "QUEUE_MS", "SLOW_MS")})
        self.assertEqual(env["PTPOOL_SLOT"], "0")
        rest = {k: v for k, v in env.items()
                if k not in own and k not in self.ALWAYS}
        self.assertEqual(rest, {
            "ECHO_MODE_FILE": p.mode_file, "APP_ONE": "1", "LC_TIME": "C",
            "SET": "inside", "E": "a=b c", "PT_CONF": p.conf})
        self.assertEqual((env["HOME"], env["TZ"]), ("/else", "UTC"))
        self.assertEqual(env["PATH"], p.env["PATH"])

    def test_nothing_and_everything(self):
        p = self.pool(workers=1)
        p.env["APPLE"] = "yes"
        p.pools["web"]["environment"] = '""'
        p.pools["all"] = dict(p.web, environment='"*"',
                              listen=f"unix:{p.dir}/a.sock")
        p.write()
        p.start()
        names = [set(environment(p.workers(i)[0]["pid"])) for i in (0, 1)]
        self.assertNotIn("APPLE", names[0])
        self.assertNotIn("ECHO_MODE_FILE", names[0])
        self.assertLessEqual(set(p.env), names[1])

    def test_what_was_forgotten_is_told(self):
        p = self.pool(workers=1)
        p.env.update(DATABASE_URL="sqlite:x", SECRET_KEY_FILE="/dev/null",
                     DEBUG="off")
        p.pools["web"]["environment"] = "[ECHO*, DEBUG]"
        p.write()
        p.start()
        line = re.search("pools.web.environment: set but.*", p.log())[0]
        self.assertTrue(line.endswith("get: SECRET_KEY_FILE DATABASE_URL"),
                        line)

    def test_a_reload_takes_a_new_list(self):
        p = self.pool(workers=1, env={"APPLE": "yes"}).start()
        self.assertNotIn("APPLE", environment(p.workers()[0]["pid"]))
        p.pools["web"]["environment"] = "[ECHO*, APPLE]"
        p.write()
        self.assertEqual(p.ctl("reload")[0], 0)
        self.assertIn("APPLE", environment(p.workers()[0]["pid"]))

    def test_php_sees_no_secret(self):
        p = self.pool(workers=1, command=PHP, own_accept="off", ready="exec")
        p.env.update(SECRET_KEY="geheim", PHP_FCGI_MAX_REQUESTS="7",
                     DATABASE_URL="x")
        p.pools["web"]["environment"] = "[PHP_*]"
        p.write()
        p.start()
        script = p.dir + "/env.php"
        with open(script, "w") as f:
            f.write("<?php echo implode(' ', array_keys(getenv()));")
        with connect(p.sock) as s:
            s.sendall(
                harness.record(1, struct.pack(">HB5x", 1, 0)) +
                harness.record(4, harness.params(
                    {"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": script,
                     "REDIRECT_STATUS": "200"})) +
                harness.record(4) + harness.record(5))
            names = harness.read_answer(s).split()
        self.assertIn("PTPOOL_SLOT", names)
        self.assertIn("PHP_FCGI_MAX_REQUESTS", names)
        for name in ("SECRET_KEY", "DATABASE_URL"):
            self.assertNotIn(name, names)
        self.assertNotIn("pools.web.environment", p.log())


class Access(Case):
    @staticmethod
    def acl(path):
        out = subprocess.run([GETFACL, "-cn", path], capture_output=True,
                             text=True, check=True).stdout
        return set(out.split())

    def test_users_and_groups(self):
        """16: each may read and write, and nobody else more than before."""
        p = self.pool(workers=1, listen_mode="0600",
                      listen_acl="['user:daemon', 'user:1234', 'group:bin',"
                                 " 'group:4321']").start()
        self.assertEqual(self.acl(p.sock), {
            "user::rw-", "user:1:rw-", "user:1234:rw-", "group::---",
            "group:2:rw-", "group:4321:rw-", "mask::rw-", "other::---"})
        self.assertEqual(self.acl(p.control_sock),
                         {"user::rw-", "group::---", "other::---"})

    @unittest.skipUnless(root(), "needs root to become others")
    def test_they_connect_and_others_do_not(self):
        p = self.pool(workers=1, listen_mode="0660", listen_owner="daemon",
                      listen_group="root",
                      listen_acl="[user:nobody, group:4321]").start()
        for uid, gid, may in ((65534, 65534, True), (77, 4321, True),
                              (1, 77, True), (77, 77, False)):
            done = subprocess.run(
                ["setpriv", f"--reuid={uid}", f"--regid={gid}",
                 "--clear-groups", "/usr/bin/env", "python3", "-c",
                 "import socket,sys; "
                 "socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                 p.sock], capture_output=True, text=True)
            self.assertEqual(done.returncode == 0, may, done.stderr)


if __name__ == "__main__":
    unittest.main()
