"""Cases that somebody thought of, as generate.py has them.

- the templates of the project, each with nothing, with something and with
  everything shown;
- every modifier in every context on what an enemy would write;
- the lines of cases.txt with data.json.
"""
import glob
import json
import os
import random
import re

import generate
from sides import STRIPS

HERE = os.path.dirname(os.path.abspath(__file__))

# --- the templates of the project --------------------------------------------

STRING = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
MESSAGE = re.compile(rf'MSG\((\w+),\s*({STRING}),')
MARKER = re.compile(r'{{([#/>]?)(\w+)')


def messages(build):
    """T_key: the Spanish text, of all in messages.def."""
    with open(f"{build}/gen/messages.def", encoding="utf-8") as file:
        found = MESSAGE.findall(file.read())
    return {"T_" + key: re.sub(r"\\(.)", r"\1", "".join(
        re.findall(r'"((?:[^"\\]|\\.)*)"', text))) for key, text in found}


class Filler:
    """Data for the markers of one template; each is shown one in so many."""

    def __init__(self, text, seed, showings):
        self.names = sorted(set(MARKER.findall(text)))
        self.random, self.showings = random.Random(seed), showings

    def dictionary(self, depth=0):
        out = {}
        for sigil, name in self.names:
            times = self.random.randint(*self.showings)
            if sigil == "" and times > 0 and not name.startswith("T_"):
                out[name] = self.random.choice(generate.VALUES)
            elif sigil == "#" and depth < 2:
                out[name] = [self.dictionary(depth + 1) for _ in range(times)]
            elif sigil == ">" and depth < 2:
                out[name] = [{"@include": "a.tpl", "A": "x\ny"}
                             for _ in range(times)]
        return out


def project_cases(build):
    texts = messages(build)
    included = ["a.tpl", [b"<i>{{A}}</i>\n{{A:p}}\n"]]
    for path in sorted(glob.glob(os.path.join(HERE, "../../views/*/*.tpl"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for i, showings in enumerate(((0, 0), (0, 2), (1, 1), (2, 2))):
            data = Filler(text, path[len(HERE):], showings).dictionary()
            name = "/".join(path.split("/")[-2:])
            yield f"{name} {i}", {
                "files": [["t.tpl", [text.encode()]], included],
                "data": {**data, "@global": texts}, "strip": STRIPS[i % 3]}


# --- modifiers, contexts, hostile values ---------------------------------------

CONTEXTS = (
    "@", "@HTML ", '@HTML <b x="', "@HTML <b x='", "@HTML <b x=", "@HTML <b ",
    "@HTML <b x", "@HTML <", '@HTML <a href="', '@HTML <a href="/x?',
    "@HTML <a href=/x?", "@HTML <!--", "@HTML <title>", "@HTML <textarea>",
    '@HTML <meta content="0;url=', "@HTML <style>p {color:",
    '@HTML <b style="color:', "@HTML <script>var x = ", '@HTML <script>x = "',
    "@HTML <script>x = '", "@HTML <script>x = /", "@HTML <script>//",
    '@HTML <b onclick="f(', "@HTML <b onclick=\"f('",
    '@HTML <b onclick="f(&quot;', "@TAG ", '@TAG x="', "@JAVASCRIPT x = ",
    "@JAVASCRIPT x = '", "@CSS p {color:", '@JSON {"x": "', "@XML <x y='")
# each of them is in a list, so that one case shows them all
HOSTILE = generate.VALUES + (
    "' onmouseover='alert(1)", '" onmouseover="alert(1)', "</style><script>",
    "</title><script>", "--><script>", "]]><script>", "java\nscript:alert(1)",
    "jav&#x09;ascript:alert(1)", "\x01javascript:alert(1)", "vbscript:x",
    "feed:javascript:x", "http:javascript:x", "https:/x", "http:///", "ftp://",
    "x//javascript:y", "width: expression(alert(1))", "e/**/xpression(1)",
    "behavior: url(x)", "-moz-binding: url(//x)", "\\65xpression(1)", "@import",
    "+ADw-script+AD4-", "\\u003cscript", "%3Cscript%3E", "&lt;script&gt;",
    "\udcc0\udcbc", "\udce0\udc80\udcbc", "\udcf0\udc80\udc80\udcbc",
    "x\udce2\udc80\udca8y", "x\udce2\udc80", "\udcef\udcbb\udcbf", "\0<\0>",
    "A" * 100000, "'" * 50000, "<é\u2028&" * 20000)
CHAINS = tuple(":" + name for name in generate.MODIFIERS) + (
    "", ":h:j", ":j:h", ":u:h", ":h:none", ":x-custom:h", ":h:x-custom")


def pragma(context):
    kind, text = context.split(" ", 1) if " " in context else (context, "")
    if kind == "@TAG":
        return '{{%AUTOESCAPE context="HTML" state="IN_TAG"}}' + text
    if kind == "@":
        return text
    return f'{{{{%AUTOESCAPE context="{kind[1:]}"}}}}' + text


def hostile_cases():
    data = {"R": [{"V": value} for value in HOSTILE]}
    for context in CONTEXTS:
        for chain in CHAINS:
            text = pragma(context) + "{{#R}}{{V" + chain + "}}{{/R}}"
            yield f"{context}{chain}", {
                "files": [["t.tpl", [text.encode()]]], "data": data,
                "strip": "none"}


# --- cases.txt -----------------------------------------------------------------

def listed_cases():
    escapes = {"\\n": "\n", "\\t": "\t", "\\r": "\r", "\\\\": "\\"}
    with open(f"{HERE}/data.json", encoding="utf-8") as file:
        data = json.load(file)
    with open(f"{HERE}/inc.tpl", "rb") as file:
        included = ["inc.tpl", [file.read()]]
    with open(f"{HERE}/cases.txt", encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines, 1):
        if not line or line[0] == "#":
            continue
        text = re.sub("^@html ", '{{%AUTOESCAPE context="HTML"}}', line)
        text = re.sub(r"\\[ntr\\]", lambda found: escapes[found[0]], text)
        for strip in STRIPS:
            if strip == "none" or "\n" in text: # one line: nothing to strip
                yield f"cases.txt:{number}", {
                    "files": [["t.tpl", [text.encode()]], included],
                    "data": data, "strip": strip}


# --- docs/templates.md ---------------------------------------------------------

EXAMPLE = re.compile(r"```tpl\n(.*?)\n```\n```json\n(.*?)\n```\n"
                     r"```text\n(.*?)\n```\n", re.S)


def examples():
    """(case, what docs/templates.md says comes of it)"""
    with open(f"{HERE}/inc.tpl", "rb") as file:
        included = ["inc.tpl", [file.read()]]
    with open(f"{HERE}/../../docs/templates.md", encoding="utf-8") as file:
        for text, data, want in EXAMPLE.findall(file.read()):
            yield {"files": [["t.tpl", [text.encode()]], included],
                   "data": json.loads(data), "strip": "none"}, want.encode()


def cases(build):
    for number, (case, _) in enumerate(examples(), 1):
        yield f"docs/templates.md {number}", case
    yield from project_cases(build)
    yield from hostile_cases()
    yield from listed_cases()
