/*
 * audit_command - the end of the audit's chain, to be kept elsewhere, and the
 * verification of the whole chain.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/data.h"

static int print_head(struct db *db, struct arena *a,
                      const struct audit_keys *keys)
{
    struct audit_head head;
    if (audit_head_get(db, a, keys, &head) != ERR_OK)
        return data_failed("audit", "%s", db_error(db));
    printf("%" PRId64 ":%s\n", head.seq, head.hash);
    return CTL_OK;
}

static int verify(struct db *db, const struct audit_keys *keys,
                  const struct audit_anchor *anchor)
{
    struct audit_report r;
    if (audit_verify(db, keys, anchor, &r) != ERR_OK)
        return data_failed("audit", "%s", db_error(db));
    if (r.fault != AUDIT_INTACT)
        return data_failed("audit", "row %" PRId64 " %s", r.seq,
                           audit_fault_text(r.fault));
    printf("all rows are as they were written: %" PRId64 "\n", r.upto);
    return CTL_OK;
}

/* "SEQ:HASH", as print_head() writes it. */
static bool read_anchor(char *text, struct audit_anchor *ret)
{
    char *end;
    ret->seq = strtoll(text, &end, 10);
    ret->hash = end + 1;
    return end != text && *end == ':' && ret->seq > 0 &&
           strlen(ret->hash) == AUDIT_HASH_SIZE - 1 &&
           strspn(ret->hash, "0123456789abcdef") == AUDIT_HASH_SIZE - 1;
}

int audit_command(struct ctl *ctl, int argc, char **argv)
{
    struct audit_keys keys;
    struct audit_anchor anchor;
    struct db *db;
    bool head = argc == 2 && strcmp(argv[1], "head") == 0;
    bool all = argc >= 2 && strcmp(argv[1], "verify") == 0;
    bool anchored = all && argc == 4 && strcmp(argv[2], "--head") == 0;
    if (!head && (!all || (argc != 2 && !anchored)))
        return CTL_USAGE;
    if (anchored && !read_anchor(argv[3], &anchor))
        return data_failed("audit",
                           "--head: \"%s\" is not SEQ:HASH, as `ptctl "
                           "audit head` prints it",
                           argv[3]);
    if (data_keys(ctl, "audit", &keys) != ERR_OK ||
        data_connect(ctl, "audit", &db) != ERR_OK)
        return CTL_FAILED;
    int code = head ? print_head(db, ctl->arena, &keys)
                    : verify(db, &keys, anchored ? &anchor : NULL);
    db_close(db);
    return code;
}
