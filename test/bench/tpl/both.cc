// both - the client table of 100 rows by lib/tpl and by Google's ctemplate, in
// turns: from the rows of the database to the bytes of the page, as a request
// does it (the library needs a dictionary for each row), and the expansion
// alone. Prints the bytes and four medians in nanoseconds: ours and theirs of
// the whole, ours and theirs of the expansion. Fails when the two do not agree.
//
//   both views/clients/list.tpl
#include <ctemplate/template.h>
#include <ctemplate/template_dictionary.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "test/bench/tpl/ours.h"

using ctemplate::TemplateDictionary;
using std::string;

static const int ROUNDS = 41;
static const double ROUND_NS = 20e6;

// The texts of the site are set once, for all expansions.
static void fill_texts()
{
    const char *text = NULL;
    for (int i = 0; const char *name = bench_text(i, &text); i++)
        TemplateDictionary::SetGlobalValue(string("T_") + name, text);
}

static void fill(TemplateDictionary *d)
{
    for (const struct bench_value *v = bench_values; v->name != NULL; v++) {
        if (v->value != NULL)
            d->SetValue(v->name, v->value);
        else
            d->ShowSection(v->name);
    }
    TemplateDictionary *table = d->AddSectionDictionary("ROWS");
    const struct bench_row *rows = bench_rows();
    for (int i = 0; i < BENCH_ROWS; i++) {
        TemplateDictionary *row = table->AddSectionDictionary("CLIENT");
        row->SetIntValue("ID", long(rows[i].id));
        row->SetValue("NAME", rows[i].name);
        row->SetValue("DOCUMENT", rows[i].document);
        row->SetValue("COMPANY", rows[i].company);
        row->SetValue("EMAIL", rows[i].email);
        row->SetValue("PHONE", rows[i].phone);
        row->SetValue("PHONE_TEL", rows[i].phone_tel);
        row->SetValue("CITY", rows[i].city);
        row->SetValue("KIND_LABEL", rows[i].kind_label);
        if (rows[i].has_phone)
            row->ShowSection("HAS_PHONE");
    }
}

// Nanoseconds of one call, over a round of them.
template <class Expand> static double one_round(Expand expand)
{
    using clock = std::chrono::steady_clock;
    auto start = clock::now();
    double elapsed = 0;
    int calls = 0;
    do {
        for (int i = 0; i < 10; i++)
            expand();
        calls += 10;
        elapsed = std::chrono::duration<double, std::nano>(clock::now() - start)
                      .count();
    } while (elapsed < ROUND_NS);
    return elapsed / calls;
}

static double median(std::vector<double> *of)
{
    std::sort(of->begin(), of->end());
    return (*of)[of->size() / 2];
}

static bool expand(const char *file, const TemplateDictionary *d, string *out)
{
    out->clear();
    return ctemplate::ExpandTemplate(file, ctemplate::STRIP_BLANK_LINES, d, out);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 64;
    const char *file = argv[1];
    TemplateDictionary d("clients");
    string want;
    bench_init();
    bench_fill();
    fill_texts();
    fill(&d);
    size_t n = 0;
    const char *got = bench_expand(&n);
    if (!expand(file, &d, &want) || want != string(got, n)) {
        std::fputs("the two expansions differ\n", stderr);
        return 1;
    }
    std::vector<double> ours, theirs, our_expansion, their_expansion;
    for (int i = 0; i < ROUNDS; i++) {
        ours.push_back(one_round([&] {
            bench_fill();
            bench_expand(&n);
        }));
        theirs.push_back(one_round([&] {
            TemplateDictionary one("clients");
            fill(&one);
            expand(file, &one, &want);
        }));
        our_expansion.push_back(one_round([&] { bench_expand(&n); }));
        their_expansion.push_back(one_round([&] { expand(file, &d, &want); }));
    }
    std::printf("%zu %.0f %.0f %.0f %.0f\n", n, median(&ours),
                median(&theirs), median(&our_expansion),
                median(&their_expansion));
    return 0;
}
