"""Random templates and data for them, and how to make a case smaller.

A template is a tree: a list of bytes and of sections [open, body, close]. A
case is a dict: files (name and tree), data (what JSON can hold; strings may
hold bytes that are no UTF-8, as surrogates), and strip.
"""
import json

from sides import STRIPS

VARIABLES = ("A", "B", "C", "URL", "N", "GV", "MISSING", "S")
BUILT_IN = ("BI_SPACE", "BI_NEWLINE", "BI_SPACE", "")
SECTIONS = ("S", "R", "T", "G", "HIDDEN", "A")
INCLUDES = ("I", "J")
MODIFIERS = (
    "none", "h", "html_escape", "p", "pre_escape", "u", "url_query_escape",
    "j", "javascript_escape", "o", "json_escape", "xml_escape", "c",
    "cleanse_css", "H=pre", "H=snippet", "H=attribute", "H=url",
    "html_escape_with_arg=snippet", "U=html", "U=query", "U=javascript",
    "U=css", "url_escape_with_arg=html", "J=number",
    "javascript_escape_with_arg=number", "I=html", "I=javascript", "I=css",
    "img_src_url_escape_with_arg=html", "x-custom", "x-custom=1")
BAD_MODIFIERS = ("bogus", "", "h=", "h=x", "H", "H=foo", "U", "J", "x", "x-")

TEXT = ("a b", "\n", "\n\n", "  \n", "\n  ", "\t", "\r\n", "ñ", "{", "}",
        "&amp;", "1 < 2", "\\\n", "\\", " ", "x", "\u2028", "\0", "{ {", "} }")
TAGS = ("a", "b", "p", "img", "A", "br/", "meta", "input", "svg:a", "script",
        "style", "title", "textarea", "/p", "/a", "/script")
ATTRIBUTES = ("title", "class", "x", "data-x", "href", "HREF", "src", "action",
              "cite", "background", "usemap", "longdesc", "formaction",
              "style", "STYLE", "onclick", "onload", "OnX", "on", "content")
CODE = ("var a = ", "x", "1", " ", ";", "\n", "=", "+", "++", "-", "(", ")",
        "[", "]", "{", "}", "/", "//", "/*", "*/", "\\", "'", '"', "a/b",
        "/re/", "/[/]/", "return ", "typeof ", "in ", "of ", ",", "?", ":",
        "'a'", '"b"', "// c\n", "/* d */", "é", "\0", "<", "<!--", "-->",
        "</b>", "&", "&quot;", "&#39;", "&amp;", "`")
STYLE = ("color: ", "red", ";", "{", "}", "/*", "*/", "'", '"', "url(", ")",
         "p ", "\n", "<!--", "-->", "\\", "expression(")
MARKUP = ("<!-- ", " -->", "<!--", "-->", "<!DOCTYPE html>", "<!", "<?x ",
          "?>", "<", ">", "</", "/>", "/", "'", '"', "=", "<p>", "</p>",
          "<br/>", "<b", " href=", "<script", "</script", "<textarea>",
          "</textarea>", "<title>", "</title>", "-", "!", "< p>", "&lt;")
CONTEXTS = ("", "HTML", "HTML", "HTML", "HTML", "HTML", "JAVASCRIPT", "CSS",
            "JSON", "XML", "html", "TAG")
VALUES = (
    "", "plain", "a b", "12", "-3.5", "0x1F", "0xG", "1e5", "true", "false",
    "null", "+-.eE", "truex", "a <b> & \"c\" 'd'", "line\nline\ttab\r\n",
    "\v\f\b\0\x01\x1f\x7f", "http://x.org/?a=b&c=d#e", "https://x", "HTTP://A",
    "ftp://x/", "http://", "javascript:alert(1)", " javascript:x", "a:b",
    "JAVASCRIPT:x", "/a:b", "mailto:x@y", "//x", "data:text/html,x", "?a:b",
    "</script>", "</textarea>", "<!--", "-->", "]]>", "expression(alert(1))",
    "url(javascript:x)", "red; x: y", "\\", "\\\"", "'", "\"", "`", "=x=", "=",
    "x=", "a=b", "<b>bold</b> <i>open", "<br><wbr><em>x</b></em>", "&amp;", "&",
    "<span dir=rtl>x</span><span dir=ltr>", "<script>x", "ñoñó", "\u2028\u2029",
    "\udcff\udcfe", "\udcc3", "\udce2\udc80", "\udcc0\udc80", "\udced\udca0",
    "😀", "a/b?c%d+e", "~!*()", "[]{}|^", "{{A}}", "\n", "x\n\ny\n", "#",
    "x" * 70, "<" * 3000, "'\"&" * 50)


class Generator:
    """random is a random.Random; the same one gives the same cases."""

    def __init__(self, random):
        self.random = random

    def pick(self, of):
        return self.random.choice(of)

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    # --- templates ---------------------------------------------------------

    def variable(self):
        name, chain = self.pick(VARIABLES), ""
        if self.chance(15):
            name = self.pick(BUILT_IN)
        if self.chance(4):
            for _ in range(self.random.randint(1, 3)):
                chain += ":" + self.pick(MODIFIERS)
        if self.chance(200):
            chain += ":" + self.pick(BAD_MODIFIERS)
        return "{{" + name + chain + "}}"

    def include(self):
        before = self.pick(("", "", " ", "\n", "\n  ", "\n\t ", "  ", "x "))
        chain = ":" + self.pick(MODIFIERS) if self.chance(4) else ""
        after = self.pick(("", "", "\n", " "))
        return before + "{{>" + self.pick(INCLUDES) + chain + "}}" + after

    def marker(self):
        return self.pick((
            "{{! note }}", "{{! two\nlines }}", "{{!}}", "{{=<% %>=}}",
            "<%! x %>", "<%={{ }}=%>", "<%A%>", "{{=| |=}}|A||={{ }}=|",
            "{{=x =}}", "{{=x  y=}}", "{{=\n x=}}", "{{=a a=}}",
            "{{! x }}\\\n", "\n  {{! alone }}  \n"))

    def attribute(self):
        quote = self.pick(('"', '"', "'", ""))
        name = self.pick(ATTRIBUTES)
        if name.lower().startswith("on"):
            value = self.some(CODE, 4)
        elif name.lower() == "style":
            value = self.some(STYLE, 3)
        elif name == "content":
            value = self.pick(("0; url=", "0;url=", ";URL = '", "x;url=", ""))
        else:
            value = self.pick(("", "", "x", " ", "x?y=", "http://x/"))
        value = value.replace(quote or " ", "")
        tail = self.pick(("", "", self.variable(), "y", "&x=" + self.variable()))
        return (" " + name + self.pick(("=", "=", " = ")) + quote + value +
                self.variable() + tail + quote)

    def element(self):
        out = "<" + self.pick(TAGS)
        for _ in range(self.random.randint(0, 3)):
            out += self.pick((self.attribute(), self.attribute(), " checked",
                              " " + self.variable()))
        return out + self.pick((">", ">", " >", "/>", ""))

    def raw_element(self):
        tag, of = self.pick((("script", CODE), ("style", STYLE),
                             ("title", TEXT), ("textarea", TEXT)))
        inside = "".join(self.some(of, 5) + self.variable()
                         for _ in range(self.random.randint(1, 3)))
        return "<" + tag + ">" + inside + self.some(of, 2) + "</" + tag + ">"

    def some(self, of, most):
        return "".join(self.pick(of)
                       for _ in range(self.random.randint(0, most)))

    def piece(self, context):
        kind = self.random.randrange(12)
        if kind < 3:
            return self.variable()
        if kind == 3:
            return self.pick(TEXT)
        if kind == 4:
            return self.include() if self.chance(2) else self.marker()
        if context == "JAVASCRIPT":
            return self.some(CODE, 4)
        if context == "CSS":
            return self.some(STYLE, 3)
        if context in ("HTML", "html", "TAG"):
            return self.pick((self.element, self.element, self.raw_element,
                              lambda: self.pick(MARKUP),
                              lambda: self.pick(TEXT)))()
        return self.pick(TEXT + MARKUP)

    def body(self, context, depth, most):
        nodes = []
        for _ in range(self.random.randint(0, most)):
            if depth < 4 and self.chance(4):
                nodes.append(self.section(context, depth))
            else:
                nodes.append(encode(self.piece(context)))
        return nodes

    def section(self, context, depth):
        name = self.pick(SECTIONS)
        line = self.pick(("", "", "\n", "  \n"))
        inside = self.body(context, depth + 1, 4)
        for _ in range(self.pick((0, 0, 1, 2))):
            separator = "_separator}}"
            inside.append([encode("{{#" + name + separator),
                           self.body(context, depth + 1, 2),
                           encode("{{/" + name + separator)])
            inside += self.body(context, depth + 1, 2)
        return [encode("{{#" + name + "}}" + line), inside,
                encode("{{/" + name + "}}" + line)]

    def template(self, most):
        context = self.pick(CONTEXTS)
        nodes = self.body(context, 0, most)
        pragma = ""
        if context == "TAG":
            pragma = '{{%AUTOESCAPE context="HTML" state="IN_TAG"}}'
        elif context:
            pragma = '{{%AUTOESCAPE context="' + context + '"}}'
        return [encode(pragma + self.pick(("", "\n", "\\\n")))] + nodes

    def broken(self, tree):
        """The template with some bytes lost, doubled or moved."""
        text = flatten(tree)
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randrange(len(text) + 1)
            n = self.pick((1, 1, 2, 3, 10))
            insert = self.pick((b"", b"", text[at:at + n] * 2, b"{{", b"}}",
                                b"{{#", b"{{/S}}", b"{{>", b":", b"{{%", b"=",
                                b"<", b'"', b"'", b"{{=", b"\n", b"{", b"}"))
            text = text[:at] + insert + text[at + n:]
        return [text]

    # --- data --------------------------------------------------------------

    def value(self):
        if self.chance(8):
            return self.pick((0, 12, -7, 1 << 40, 1.5, None))
        if self.chance(4):
            return self.pick(VALUES) + self.pick(VALUES)
        return self.pick(VALUES)

    def showings(self, depth):
        if self.chance(3):
            return self.pick((True, True, False))
        if self.chance(4):
            return self.dictionary(depth + 1)
        return [self.dictionary(depth + 1)
                for _ in range(self.random.randint(0, 3))]

    def included(self, depth):
        name = self.pick(("a.tpl", "b.tpl"))
        if self.chance(40):
            name = "missing.tpl"
        return {"@include": name, **self.dictionary(depth + 1)}

    def dictionary(self, depth=0):
        out = {}
        for name in VARIABLES[:5]:
            if not self.chance(4 if depth == 0 else 2):
                out[name] = self.value()
        if self.chance(20):
            out[self.pick(BUILT_IN)] = self.value()
        if depth < 3:
            for name in ("S", "R", "T", "R_separator"):
                if self.chance(2 if "_" not in name else 12):
                    out[name] = self.showings(depth)
            for name in INCLUDES:
                if self.chance(3):
                    out[name] = [self.included(depth) for _ in
                                 range(self.random.randint(1, 2))]
        if depth == 0 and self.chance(2):
            out["@global"] = {"GV": self.value() or "", "G": True}
        return out

    def case(self):
        files = [["t.tpl", self.template(10)], ["a.tpl", self.template(5)],
                 ["b.tpl", self.template(4)]]
        if self.chance(4):
            which = self.pick(files)
            which[1] = self.broken(which[1])
        return {"files": files, "data": self.dictionary(),
                "strip": self.pick(STRIPS)}


# --- what the sides are asked ----------------------------------------------

def encode(text):
    return text.encode("utf-8", "surrogateescape")


def flatten(tree):
    return b"".join(node if isinstance(node, bytes) else
                    node[0] + flatten(node[1]) + node[2] for node in tree)


def question(case):
    """(files, data, strip) as sides.py has them."""
    return ([(name, flatten(tree)) for name, tree in case["files"]],
            encode(json.dumps(case["data"], ensure_ascii=False)),
            case["strip"])


# --- smaller cases -----------------------------------------------------------

def without(items):
    """Every list with a part left out, the largest parts first."""
    n = len(items)
    while n > 0:
        for at in range(0, len(items), n):
            yield items[:at] + items[at + n:]
        n //= 2


def smaller_tree(tree):
    yield from without(tree)
    for i, node in enumerate(tree):
        before, after = tree[:i], tree[i + 1:]
        if isinstance(node, bytes):
            for less in without(node):
                yield before + [less] + after
        else:
            yield before + node[1] + after
            for less in smaller_tree(node[1]):
                yield before + [[node[0], less, node[2]]] + after


def smaller_data(data):
    if isinstance(data, str):
        yield from without(data)
    elif isinstance(data, list):
        yield from without(data)
        for i, item in enumerate(data):
            for less in smaller_data(item):
                yield data[:i] + [less] + data[i + 1:]
    elif isinstance(data, dict):
        for key in data:
            yield {k: v for k, v in data.items() if k != key}
        for key, item in data.items():
            if key != "@include":
                for less in smaller_data(item):
                    yield {**data, key: less}


def smaller(case):
    if case["strip"] != "none":
        yield {**case, "strip": "none"}
    for less in smaller_data(case["data"]):
        yield {**case, "data": less}
    for i in range(len(case["files"]) - 1, 0, -1):
        yield {**case, "files": case["files"][:i] + case["files"][i + 1:]}
    for i, (name, tree) in enumerate(case["files"]):
        for less in smaller_tree(tree):
            yield {**case, "files": case["files"][:i] + [[name, less]] +
                   case["files"][i + 1:]}


def shrink(case, fails, most=3000):
    """A small case that fails too; asks at most so often."""
    again = True
    while again:
        again = False
        for less in smaller(case):
            most -= 1
            if most < 0:
                return case
            if fails(less):
                case, again = less, True
                break
    return case
