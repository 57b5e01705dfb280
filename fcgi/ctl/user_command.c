/*
 * user_command - accounts from the command line: the first administrator of
 * a new installation, a forgotten password, a lost telephone.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/data.h"
#include "model/user_totp.h"
#include "text/utf8.h"
#include "web/access.h"
#include "web/password.h"

/* One line of standard input, so that no password stands in a process list. */
static const char *read_password(struct arena *a)
{
    char line[PASSWORD_MAX_CHARS * 4 + 2];
    if (fgets(line, sizeof(line), stdin) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    size_t n = strlen(line);
    size_t chars = utf8_valid(line, n) ? utf8_length(line, n) : 0;
    if (chars < PASSWORD_MIN_CHARS || chars > PASSWORD_MAX_CHARS) {
        data_failed("user",
                    "the password on standard input must have %d to %d "
                    "characters",
                    PASSWORD_MIN_CHARS, PASSWORD_MAX_CHARS);
        return NULL;
    }
    return arena_strdup(a, line);
}

static int store(struct ctl *ctl, const struct user *u, bool add)
{
    struct db *db;
    struct audit_keys keys;
    int64_t id;
    if (data_keys(ctl, "user", &keys) != ERR_OK ||
        data_open(ctl, "user", &db) != ERR_OK)
        return CTL_FAILED;
    struct arena *a = ctl->arena;
    struct actor by = audit_system(&keys, a);
    enum err e = add ? user_create(db, a, u, &by, &id)
                     : user_set_password(db, a, u->email, u->pass_hash, &by);
    int code = CTL_OK;
    if (e == ERR_DUPLICATE)
        code = data_failed("user", "%s has an account already", u->email);
    else if (e == ERR_NOTFOUND)
        code = data_failed("user", "%s has no account", u->email);
    else if (e != ERR_OK)
        code = data_failed("user", "%s", db_error(db));
    db_close(db);
    return code;
}

/* The way back in for the last administrator; the others have one another. */
static int remove_totp(struct ctl *ctl, const char *email)
{
    struct db *db;
    struct audit_keys keys;
    struct user u;
    if (data_keys(ctl, "user", &keys) != ERR_OK ||
        data_open(ctl, "user", &db) != ERR_OK)
        return CTL_FAILED;
    struct actor by = audit_system(&keys, ctl->arena);
    int code = CTL_OK;
    enum err e = user_by_email(db, ctl->arena, email, &u);
    if (e == ERR_NOTFOUND) {
        code = data_failed("user", "%s has no active account", email);
    } else {
        if (e == ERR_OK)
            e = user_totp_off(db, u.id, "totp_reset", &by);
        if (e == ERR_NOTFOUND)
            code = data_failed("user", "%s has no second step", email);
        else if (e != ERR_OK)
            code = data_failed("user", "%s", db_error(db));
    }
    db_close(db);
    return code;
}

int user_command(struct ctl *ctl, int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "totp-off") == 0)
        return remove_totp(ctl, argv[2]);
    bool add = argc == 5 && strcmp(argv[1], "add") == 0;
    bool set = argc == 3 && strcmp(argv[1], "password") == 0;
    if (!add && !set)
        return CTL_USAGE;
    struct user u = {.email = argv[2]};
    if (add) {
        u.role = argv[3];
        u.name = argv[4];
        if (role_parse(u.role) == ROLE_none)
            return data_failed("user",
                               "role \"%s\" is none of: admin, "
                               "office, technician, client",
                               u.role);
    }
    if (strpbrk(u.email, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
        return data_failed("user", "write the e-mail in lower case");
    const char *password = read_password(ctl->arena);
    if (password == NULL)
        return CTL_FAILED;
    if (password_hash(ctl->arena, password, &u.pass_hash) != ERR_OK)
        return data_failed("user", "no memory to hash the password");
    return store(ctl, &u, add);
}
