#!/usr/bin/env python3
"""Compares pttpl with Google's ctemplate, byte for byte. Usage:

    python3 test/tpl/run.py --build build [--count 5000] [--seed N]

First the commands, and where compiled templates lie; then the templates of the project and the cases of cases.txt, then generated
ones: case I of seed N is the same in every run, whatever the count. A case
that fails is made smaller before it is shown. --case I runs that one alone.
Where the library itself crashes (a section of the whole expansion that leads
back into the template that shows it) or loops, pttpl must only not do so. Ends with
"tpl: N passed, N failed".
"""
import argparse
import os
import random
import sys
import tempfile
import time

import commands
import generate
import memory
import sides
import written

SHOWN = 10  # failures; more of them say no more


class Comparison:
    def __init__(self, program, folder):
        self.oracle = sides.Oracle(folder)
        self.port = sides.Port(program, folder)
        self.passed = self.failed = self.crashes = 0

    def differs(self, case):
        question = generate.question(case)
        got = self.port.expand(*question)
        try:
            return self.oracle.expand(*question) != got
        except sides.Crashed:
            self.crashes += 1
            return False

    def run(self, name, case):
        if not self.differs(case):
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= SHOWN:
            self.show(name, generate.shrink(case, self.differs))

    def check(self, name, problems):
        """A test that is no comparison."""
        for problem in problems:
            print(f"FAIL  {name}: {problem}")
        self.passed += not problems
        self.failed += bool(problems)

    def wrong_examples(self):
        """What the documentation says and pttpl does not do."""
        for case, want in written.examples():
            got = self.port.expand(*generate.question(case))
            if got != want:
                yield f"{case['files'][0][1]} gives {got}"

    def show(self, name, case):
        files, data, strip = generate.question(case)
        print(f"FAIL  {name} --strip={strip}")
        for file, text in files:
            print(f"      {file}: {text!r}")
        print(f"      data: {data!r}")
        print(f"      ctemplate: {self.oracle.expand(files, data, strip)!r}")
        print(f"      pttpl:     {self.port.expand(files, data, strip)!r}",
              self.port.errors, flush=True)


def generated(seed, i):
    return generate.Generator(random.Random(f"{seed} {i}")).case()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--case", type=int)
    args = parser.parse_args()
    program = os.path.abspath(f"{args.build}/pttpl")
    with tempfile.TemporaryDirectory(prefix="pt-tpl-") as folder:
        comparison = Comparison(program, folder)
        if args.case is not None:
            cases = [args.case]
        else:
            cases = range(args.count)
            comparison.check("commands",
                             list(commands.problems(program, folder)))
            comparison.check("docs/templates.md",
                             list(comparison.wrong_examples()))
            comparison.check("memory", list(memory.problems(args.build)))
            for name, case in written.cases(args.build):
                comparison.run(name, case)
        print(f"seed {args.seed}", flush=True)
        for i in cases:
            comparison.run(f"--seed={args.seed} --case={i}",
                           generated(args.seed, i))
        comparison.oracle.close()
    if comparison.crashes > 0:
        print(f"crashes of the library: {comparison.crashes}")
    print(f"tpl: {comparison.passed} passed, {comparison.failed} failed")
    sys.exit(comparison.failed > 0 or comparison.passed == 0)


if __name__ == "__main__":
    main()
