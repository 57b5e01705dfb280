"""Writes the sizes of the images that were just built into the READMEs.

    sizes.py COMMIT

between their markers; scripts/stack-test --sizes calls it.
"""
import json
import re
import subprocess
import sys
import time

BASE = "debian:bookworm-slim"
IMAGES = ("personal-tech:latest", "personal-tech-nginx:latest")
BEGIN, END = "<!-- images:begin -->", "<!-- images:end -->"
READMES = (
    ("README.md", "{date}, commit {commit}; on a base of {base:.0f} MB made "
     "with debootstrap.", ("image", "MB", "without the base", "compressed")),
    ("README.es.md", "{date}, commit {commit}; sobre una base de {base:.0f} MB "
     "hecha con debootstrap.", ("imagen", "MB", "sin la base", "comprimida")),
)


def size(image):
    out = subprocess.run(["docker", "image", "inspect", image], check=True,
                         capture_output=True).stdout
    return json.loads(out)[0]["Size"] / 1e6


def compressed(image):
    """As a registry keeps it, nearly: the layers are compressed together."""
    out = subprocess.run(f"docker save {image} | gzip -6 | wc -c", shell=True,
                         check=True, capture_output=True).stdout
    return int(out) / 1e6


def table(text, head, commit, rows, base):
    lines = [text.format(date=time.strftime("%Y-%m-%d"), commit=commit,
                         base=base), "",
             f"| {' | '.join(head)} |", "| --- | --: | --: | --: |"]
    lines += [f"| `{name.partition(':')[0]}` | {all_:.0f} | {all_ - base:.0f} | "
              f"{small:.0f} |" for name, all_, small in rows]
    return "\n".join(lines)


def main():
    base = size(BASE)
    rows = [(i, size(i), compressed(i)) for i in IMAGES]
    for path, text, head in READMES:
        with open(path, encoding="utf-8") as f:
            old = f.read()
        new, n = re.subn(f"{BEGIN}.*?{END}",
                         lambda _, t=text, h=head: f"{BEGIN}\n" + table(
                             t, h, sys.argv[1], rows, base) + f"\n{END}",
                         old, flags=re.S)
        if n != 1:
            sys.exit(f"sizes: {path} has no {BEGIN} … {END}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(new)
    print(*[f"{name}: {all_:.0f} MB" for name, all_, _ in rows], sep="\n")


main()
