"""pttpl as people call it: check, compile, names, render and their errors."""
import os
import subprocess

HTML = '{{%AUTOESCAPE context="HTML"}}'
USAGE = 64

# files, arguments, status, what standard output and error hold
CASES = (
    ({"a.tpl": "{{A}}", "views/a/b.tpl": HTML + "{{A}}"},
     ["check", "a.tpl", "views/a/b.tpl"], 0, "", ""),
    ({"a.tpl": "x\n  {{#S}}", "b.tpl": "é{{A:nope}}", "c.tpl": "good"},
     ["check", "a.tpl", "b.tpl", "c.tpl"], 1, "",
     "a.tpl:2:3: the section S is never closed\n"
     "b.tpl:1:3: unknown modifier 'nope' of A\n"),
    # under views/ more is refused
    ({"views/a/b.tpl": "{{A}}"}, ["check", "views/a/b.tpl"], 1, "",
     "views/a/b.tpl:1:1: must begin with {{%AUTOESCAPE context=\"HTML\"}}\n"),
    ({"views/a/b.txt.tpl": "{{A}}"}, ["check", "views/a/b.txt.tpl"], 0, "",
     ""),
    ({"views/a/b.tpl": HTML + "\n<{{A}}>"}, ["check", "views/a/b.tpl"], 1, "",
     "views/a/b.tpl:2:2: a value may not begin the name of a tag\n"),
    ({}, ["check", "missing.tpl"], 1, "",
     "missing.tpl: No such file or directory"),
    ({"views/a/b.tpl": HTML + "{{NAME}}!"}, ["compile", "views/a/b.tpl"], 0,
     "{TPL_OP_HTML, N_NAME, 0, 0, 0}", ""),
    ({"views/a/b.tpl": HTML + "{{NAME"}, ["compile", "views/a/b.tpl"], 1, "",
     "views/a/b.tpl:1:31: this marker is never closed\n"),
    ({"a.tpl": "{{B}}{{#A}}{{/A}}{{>B}}"}, ["names", "--header", "a.tpl"], 0,
     "    N__NONE,\n    N_A,\n    N_B,\n    N__MAX", ""),
    ({"a.tpl": "{{B}}{{#A}}{{/A}}"}, ["names", "a.tpl"], 0,
     '    "A\\0"\n    "B\\0";', ""),
    ({"a.tpl": HTML + "{{A}} \n", "d.json": '{"A": "<1>"}'},
     ["render", "a.tpl", "d.json"], 0, "&lt;1&gt; \n", ""),
    ({"a.tpl": "\n {{A}} \n\n", "d.json": '{"A": 1}'},
     ["render", "a.tpl", "d.json", "--strip=blank"], 0, " 1 \n", ""),
    ({"a.tpl": "\n {{A}} \n\n", "d.json": '{"A": 1}'},
     ["render", "--strip=whitespace", "a.tpl", "d.json"], 0, "1", ""),
    ({"a.tpl": "{{T_role_admin}}", "d.json": "{}"},
     ["render", "a.tpl", "d.json", "--lang=en"], 0, "Administrator", ""),
    ({"x/a.tpl": "[{{>I}}]", "x/b.tpl": "{{/B}}",
      "d.json": '{"I": {"@include": "b.tpl"}}'},
     ["render", "x/a.tpl", "d.json"], 1, "",
     "x/b.tpl:1:1: {{/B}} without its start\n"),
    ({"a.tpl": "", "d.json": "[]"}, ["render", "a.tpl", "d.json"], 1, "",
     "d.json: no JSON object"),
    ({"a.tpl": "", "d.json": '{"A": [1]}'}, ["render", "a.tpl", "d.json"], 1,
     "", "d.json: A holds no object"),
    ({}, ["--help"], 0, "usage: pttpl check FILE...", ""),
    ({}, [], USAGE, "", "usage: pttpl check FILE..."),
    ({}, ["check"], USAGE, "", "usage:"),
    ({}, ["compile", "a", "b"], USAGE, "", "usage:"),
    ({}, ["render", "a.tpl"], USAGE, "", "usage:"),
    ({}, ["render", "a", "b", "--strip=most"], USAGE, "", "usage:"),
    ({}, ["names", "--footer"], USAGE, "", "usage:"),
)


def holds(text, want):
    """All of a whole line or more, a part of what does not end one."""
    return text == want if want == "" or want.endswith("\n") else want in text


def problems(program, folder):
    for number, (files, arguments, status, output, error) in enumerate(CASES):
        here = os.path.join(folder, f"commands{number}")
        os.mkdir(here)
        for name, text in files.items():
            path = os.path.join(here, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run([program] + arguments, cwd=here,
                              capture_output=True, text=True, timeout=60)
        if (done.returncode != status or not holds(done.stdout, output) or
                not holds(done.stderr, error)):
            yield f"pttpl {' '.join(arguments)}: {done}"
