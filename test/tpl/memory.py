"""Where compiled templates lie: constants, shared by all that run the program.

No section of their objects can be written to once the program runs, and none
is code, so nothing allocates for them before a page is shown.
"""
import glob
import re
import subprocess

SECTION = re.compile(r"^ *\d+ (\S+) +([0-9a-f]+) .*\n +(.*)$", re.M)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def misplaced(path):
    """Sections of an object that are neither constant nor made so at start."""
    for name, size, flags in SECTION.findall(run("objdump", "-h", path)):
        constant = "READONLY" in flags and "CODE" not in flags
        if ("ALLOC" in flags and int(size, 16) > 0 and not constant and
                not name.startswith(".data.rel.ro")):
            yield f"{path}: {name}"


def problems(build):
    objects = glob.glob(f"{build}/gen/tpl/*.o")
    if not objects:
        yield f"no templates under {build}/gen/tpl"
    for path in sorted(objects):
        yield from misplaced(path)
    # .data.rel.ro is closed before main(), with all else that is relocated
    program = f"{build}/ptworker"
    headers, sections = run("readelf", "-lW", program).split("Section to Seg")
    closed = re.findall(r"^  (\w+) +0x", headers, re.M).index("GNU_RELRO")
    if not re.search(rf"^ +{closed:02d} .*\.data\.rel\.ro", sections, re.M):
        yield f"{program}: .data.rel.ro stays open"
    if "BIND_NOW" not in run("readelf", "-dW", program):
        yield f"{program}: not bound at start"
