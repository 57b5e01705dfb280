// oracle - what Google's ctemplate makes of the test cases.
//
//   oracle write CASES DATA.json INC.tpl DIR   unpacks CASES into DIR
//   oracle generate N SEED INC.tpl DIR         writes N random cases
//   oracle expand DIR                          writes NAME.want for each case
//
// A case is NAME.tpl, NAME.json and a line "NAME STRIP" in DIR/list. Where
// the library refuses a template, NAME.want is "REFUSED\n". Test only: never
// linked into the product.
#include <ctemplate/template.h>
#include <ctemplate/template_dictionary.h>
#include <json-c/json.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using ctemplate::TemplateDictionary;
using ctemplate::TemplateString;
using std::string;

static const char *const strip_names[] = {"none", "blank", "whitespace"};

static string read_file(const string &path)
{
    std::ifstream in(path, std::ios::binary);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
}

static void write_file(const string &path, const string &text)
{
    std::ofstream(path, std::ios::binary) << text;
}

// --- dictionaries out of JSON, as `pttpl render` reads it ------------------

static string text_of(json_object *v)
{
    if (json_object_is_type(v, json_type_string))
        return string(json_object_get_string(v),
                      json_object_get_string_len(v));
    return json_object_get_string(v);
}

static void fill(TemplateDictionary *d, json_object *obj, const string &dir);

static void fill_child(TemplateDictionary *d, const char *key, json_object *v,
                       const string &dir)
{
    json_object *file;
    if (json_object_object_get_ex(v, "@include", &file)) {
        TemplateDictionary *child = d->AddIncludeDictionary(key);
        child->SetFilename(dir + "/" + json_object_get_string(file));
        fill(child, v, dir);
    } else {
        fill(d->AddSectionDictionary(key), v, dir);
    }
}

static void fill_globals(TemplateDictionary *d, json_object *obj)
{
    json_object_object_foreach(obj, key, v)
    {
        if (!json_object_is_type(v, json_type_boolean))
            d->SetTemplateGlobalValue(key, text_of(v));
        else if (json_object_get_boolean(v))
            d->ShowTemplateGlobalSection(key);
    }
}

static void fill(TemplateDictionary *d, json_object *obj, const string &dir)
{
    json_object_object_foreach(obj, key, v)
    {
        if (string(key) == "@global") {
            fill_globals(d, v);
            continue;
        }
        switch (key[0] == '@' ? json_type_null : json_object_get_type(v)) {
        case json_type_boolean:
            if (json_object_get_boolean(v))
                d->ShowSection(key);
            break;
        case json_type_object:
            fill_child(d, key, v, dir);
            break;
        case json_type_array:
            for (size_t i = 0; i < json_object_array_length(v); i++)
                fill_child(d, key, json_object_array_get_idx(v, i), dir);
            break;
        case json_type_null:
            break;
        default:
            d->SetValue(key, text_of(v));
        }
    }
}

static int expand(const string &dir)
{
    std::ifstream list(dir + "/list");
    string name, strip;
    while (list >> name >> strip) {
        int mode = 0;
        while (strip != strip_names[mode])
            mode++;
        string data = read_file(dir + "/" + name + ".json");
        json_object *obj = json_tokener_parse(data.c_str());
        TemplateDictionary d("case");
        fill(&d, obj, dir);
        string out;
        bool good = ctemplate::ExpandTemplate(dir + "/" + name + ".tpl",
                                              ctemplate::Strip(mode), &d, &out);
        write_file(dir + "/" + name + ".want", good ? out : "REFUSED\n");
        json_object_put(obj);
    }
    return 0;
}

// --- cases -----------------------------------------------------------------

static void add_case(const string &dir, const string &name, const string &strip,
                     const string &tpl, const string &data)
{
    write_file(dir + "/" + name + ".tpl", tpl);
    write_file(dir + "/" + name + ".json", data);
    std::ofstream(dir + "/list", std::ios::app) << name << ' ' << strip << '\n';
}

static string unescape(const string &s)
{
    string out;
    for (size_t i = 0; i < s.size(); i++) {
        size_t which = s[i] == '\\' && i + 1 < s.size()
                           ? string("ntr\\").find(s[i + 1])
                           : string::npos;
        out += which == string::npos ? s[i] : "\n\t\r\\"[which];
        i += which != string::npos;
    }
    return out;
}

// "@html TEXT" stands for the pragma and TEXT; "#" begins a comment line
static int write_cases(const string &cases, const string &data,
                       const string &inc, const string &dir)
{
    write_file(dir + "/inc.tpl", read_file(inc));
    std::ifstream in(cases);
    string line, json = read_file(data);
    for (int n = 1; std::getline(in, line); n++) {
        if (line.empty() || line[0] == '#')
            continue;
        if (line.compare(0, 6, "@html ") == 0)
            line = "{{%AUTOESCAPE context=\"HTML\"}}" + line.substr(6);
        for (const char *strip : strip_names) {
            if (strip != strip_names[0] && line.find('\\') == string::npos)
                continue; // one line: nothing to strip
            add_case(dir, "line" + std::to_string(n) + strip, strip,
                     unescape(line), json);
        }
    }
    return 0;
}

class Generator
{
  public:
    explicit Generator(unsigned seed) : random_(seed) {}

    string tpl()
    {
        string out = pick(4) > 0 ? "{{%AUTOESCAPE context=\"HTML\"}}" : "";
        if (pick(2))
            out += "\n";
        return out + body(0);
    }

    string data()
    {
        return object(0, "");
    }

  private:
    std::mt19937 random_;

    unsigned pick(unsigned n)
    {
        return random_() % n;
    }

    string one(const std::vector<string> &of)
    {
        return of[pick(unsigned(of.size()))];
    }

    string variable()
    {
        static const std::vector<string> names = {"A", "B", "C", "URL", "N",
                                                  "MISSING", "GV"};
        static const std::vector<string> mods = {
            "",     "",   "",   "",   "",           "",        ":h",
            ":p",   ":u", ":j", ":o", ":xml_escape", ":none",   ":c",
            ":h:j", ":x-custom", ":H=attribute", ":H=snippet", ":U=html",
            ":I=html", ":J=number", ":U=css", ":H=pre", ":U=javascript"};
        return "{{" + one(names) + one(mods) + "}}";
    }

    string piece(int depth)
    {
        static const std::vector<string> text = {
            "<p>", "</p>", " ", "\n", "\n\n", "  \n", "\n  ", "a b", "\xc3\xb1",
            "{", "}", "<br/>", "\t", "<!-- x -->", "&amp;", "1 < 2", "\r\n",
            "<b>", "</b>", "{{! note }}", "{{BI_SPACE}}", "{{BI_NEWLINE}}",
            "<textarea>", "</textarea>", "<title>", "</title>", "\n  {{>I}}\n",
            "{{>I}}", " {{>I}} ", "{{>I:h}}", "{{>J}}", "<!DOCTYPE html>"};
        static const std::vector<string> attributes = {
            "title", "href", "class", "src", "value", "action", "data-x"};
        switch (pick(depth < 4 ? 8 : 5)) {
        case 0:
        case 1:
            return variable();
        case 2: {
            string quote = one({"\"", "'"});
            return "<a " + one(attributes) + "=" + quote +
                   one({"", "", "x?y=", " "}) + variable() + quote +
                   one({"", " x=" + variable(), " " + variable()}) + ">";
        }
        case 3:
        case 4:
            return one(text);
        default: {
            string name = one({"S", "R", "T", "G", "HIDDEN"});
            string in = body(depth + 1);
            if (pick(3) == 0)
                in += "{{#" + name + "_separator}}" + body(depth + 1) +
                      "{{/" + name + "_separator}}" + body(depth + 1);
            string nl = one({"", "\n", "  \n"});
            return "{{#" + name + "}}" + nl + in + "{{/" + name + "}}" + nl;
        }
        }
    }

    string body(int depth)
    {
        string out;
        for (unsigned n = pick(depth == 0 ? 14 : 5); n > 0; n--)
            out += piece(depth);
        return out;
    }

    string value()
    {
        static const std::vector<string> values = {
            "", "plain", "a <b> & \\\"c\\\" 'd'", "line\\nline\\ttab",
            "http://x.org/?a=b&c=d", "javascript:alert(1)", "/a:b", "a:b",
            "12", "-3.5", "=x=", "<b>bold</b> <i>open", "&amp;", "\\u2028",
            "\xc3\xb1o\xc3\xb1o", "\\\\", "x\\u0000y", "<br><script>", "#",
            "</textarea>", "a\\r\\nb\\f\\u000b", "HTTP://A", "mailto:x@y"};
        return pick(6) == 0 ? std::to_string(int(pick(2000)) - 1000)
                            : "\"" + one(values) + "\"";
    }

    string object(int depth, const string &first)
    {
        static const std::vector<string> vars = {"A", "B", "C", "URL", "N"};
        string out = first;
        for (const string &name : vars)
            if (pick(depth == 0 ? 4 : 2) > 0)
                out += (out.empty() ? "" : ",") + ("\"" + name + "\":") + value();
        static const std::vector<string> sections = {"S", "R", "T",
                                                     "R_separator"};
        for (const string &name : sections) {
            if (depth > 2 || pick(name == "R_separator" ? 8 : 2) > 0)
                continue;
            string list;
            for (unsigned n = 1 + pick(3); n > 0; n--)
                list += (list.empty() ? "" : ",") + object(depth + 1, "");
            out += (out.empty() ? "" : ",") + ("\"" + name + "\":") +
                   (pick(3) == 0 ? string("true") : "[" + list + "]");
        }
        for (const string &name : {string("I"), string("J")})
            if (depth < 3 && pick(2))
                out += (out.empty() ? "" : ",") + ("\"" + name + "\":") +
                       object(depth + 1, "\"@include\":\"inc.tpl\"");
        if (depth == 0 && pick(2))
            out += (out.empty() ? "" : ",") +
                   string("\"@global\":{\"GV\":") + value() + ",\"G\":true}";
        return "{" + out + "}";
    }
};

static int generate(int n, unsigned seed, const string &inc, const string &dir)
{
    write_file(dir + "/inc.tpl", read_file(inc));
    Generator g(seed);
    for (int i = 0; i < n; i++) {
        string tpl = g.tpl();
        add_case(dir, "random" + std::to_string(i), strip_names[i % 3], tpl,
                 g.data());
    }
    return 0;
}

int main(int argc, char **argv)
{
    string command = argc > 1 ? argv[1] : "";
    if (command == "expand" && argc == 3)
        return expand(argv[2]);
    if (command == "write" && argc == 6)
        return write_cases(argv[2], argv[3], argv[4], argv[5]);
    if (command == "generate" && argc == 6)
        return generate(atoi(argv[2]), unsigned(atoi(argv[3])), argv[4],
                        argv[5]);
    std::cerr << "usage: see the head of oracle.cc\n";
    return 64;
}
