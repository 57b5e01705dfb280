// oracle - what Google's ctemplate makes of templates, asked through a pipe.
//
// A request on standard input is a line "STRIP FILES BYTES", then FILES times
// a line "NAME BYTES" and that many bytes, then the BYTES of the data as JSON.
// The first file is the template, the others are for its includes. The answer
// is a line "ok BYTES" and the expansion, or "refused 0" where the library
// says that it failed. Test only: never linked into the product.
#include <ctemplate/template.h>
#include <ctemplate/template_dictionary.h>
#include <json-c/json.h>

#include <cstdio>
#include <iostream>
#include <string>

using ctemplate::TemplateDictionary;
using std::string;

// --- dictionaries out of JSON, as `pttpl render` reads it ------------------

static string text_of(json_object *v)
{
    if (json_object_is_type(v, json_type_string))
        return string(json_object_get_string(v),
                      json_object_get_string_len(v));
    return json_object_get_string(v);
}

static void fill(TemplateDictionary *d, json_object *obj);

static void fill_child(TemplateDictionary *d, const char *key, json_object *v)
{
    json_object *file;
    if (json_object_object_get_ex(v, "@include", &file)) {
        TemplateDictionary *child = d->AddIncludeDictionary(key);
        child->SetFilename(json_object_get_string(file));
        fill(child, v);
    } else {
        fill(d->AddSectionDictionary(key), v);
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

static void fill(TemplateDictionary *d, json_object *obj)
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
            fill_child(d, key, v);
            break;
        case json_type_array:
            for (size_t i = 0; i < json_object_array_length(v); i++)
                fill_child(d, key, json_object_array_get_idx(v, i));
            break;
        case json_type_null:
            break;
        default:
            d->SetValue(key, text_of(v));
        }
    }
}

// --- requests --------------------------------------------------------------

// What follows the line just read; false when the input ends before.
static bool read_bytes(size_t n, string *bytes)
{
    bytes->resize(n);
    return std::cin.get() == '\n' && std::cin.read(&(*bytes)[0], n);
}

static bool answer()
{
    int strip = 0, files = 0;
    size_t n_data = 0, n = 0;
    string first, name, bytes, out;
    if (!(std::cin >> strip >> files >> n_data))
        return false;
    for (int i = 0; i < files; i++) {
        if (!(std::cin >> name >> n) || !read_bytes(n, &bytes))
            return false;
        if (i == 0)
            first = name;
        ctemplate::StringToTemplateCache(name, bytes, ctemplate::Strip(strip));
    }
    if (!read_bytes(n_data, &bytes))
        return false;
    json_object *data = json_tokener_parse(bytes.c_str());
    TemplateDictionary d("case");
    if (data != NULL)
        fill(&d, data);
    if (ctemplate::ExpandTemplate(first, ctemplate::Strip(strip), &d, &out))
        std::cout << "ok " << out.size() << '\n' << out << std::flush;
    else
        std::cout << "refused 0\n" << std::flush;
    json_object_put(data);
    ctemplate::mutable_default_template_cache()->ClearCache();
    return true;
}

int main()
{
    std::ios::sync_with_stdio(false);
    while (answer())
        continue;
    return 0;
}
