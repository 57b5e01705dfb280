"""What a start goes by: several files, a folder, ports, a rate."""
import os
import unittest

from harness import Case, ask, program


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


if __name__ == "__main__":
    unittest.main()
