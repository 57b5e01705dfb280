#include "base/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member)    .offset = offsetof(struct config, member)
#define IN(s, member) /* NOLINTNEXTLINE(bugprone-macro-parentheses) */         \
    .offset = offsetof(struct config, s.member) - offsetof(struct config, s)
#define OF_POOL(member) .offset = offsetof(struct pool_conf, member)

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY_MS (24 * HOUR)

static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"debug", "info", "warning",
                                     "error", "off",  NULL};

/* in the order of enum mail_starttls */
static const char *const starttls[] = {"required", "optional", "off", NULL};

/* as app_user.role has them */
static const char *const roles[] = {"admin", "office", "technician", "client",
                                    NULL};

/* in the order of enum pool_ready */
static const char *const readies[] = {"byte", "exec", NULL};

/* in the order of enum pool_output */
static const char *const outputs[] = {"capture", "inherit", "merged", NULL};

static const struct cfg_key top_keys[] = {
    {"include", CFG_WORDS, AT(include), .def = "", .flags = CFG_FILES},
    {"debug", CFG_BOOL, AT(debug), .def = "off", .env = "DEBUG"},
    {"secret_key", CFG_TEXT, AT(secret_key), .def = "", .env = "SECRET_KEY",
     .flags = CFG_SECRET},
    {0},
};

static const struct cfg_key pool_keys[] = {
    {"command", CFG_WORDS, OF_POOL(command), .flags = CFG_REQUIRED},
    {"enabled", CFG_BOOL, OF_POOL(enabled), .def = "on"},
    {"listen", CFG_TEXT, OF_POOL(listen), .def = ""},
    {"listen_mode", CFG_OCTAL, OF_POOL(listen_mode), .def = "0660",
     .max = 0777},
    {"listen_owner", CFG_TEXT, OF_POOL(listen_owner), .def = ""},
    {"listen_group", CFG_TEXT, OF_POOL(listen_group), .def = ""},
    {"listen_acl", CFG_WORDS, OF_POOL(listen_acl), .def = ""},
    {"backlog", CFG_INT, OF_POOL(backlog), .def = "511", .min = 1,
     .max = 65535},
    {"user", CFG_TEXT, OF_POOL(user), .def = ""},
    {"group", CFG_TEXT, OF_POOL(group), .def = ""},
    {"environment", CFG_WORDS, OF_POOL(environment), .def = "",
     .flags = CFG_PAIRS},
    {"umask", CFG_OCTAL, OF_POOL(umask), .def = "", .max = 0777,
     .flags = CFG_OPTIONAL},
    {"chdir", CFG_TEXT, OF_POOL(chdir), .def = ""},
    {"limit_nofile", CFG_INT, OF_POOL(limit_nofile), .def = "", .min = 16,
     .max = INT64_C(1) << 30, .flags = CFG_OPTIONAL},
    {"limit_core", CFG_BYTES, OF_POOL(limit_core), .def = "",
     .max = INT64_C(1) << 50, .flags = CFG_OPTIONAL},
    {"limit_as", CFG_BYTES, OF_POOL(limit_as), .def = "", .min = 1 << 20,
     .max = INT64_C(1) << 50, .flags = CFG_OPTIONAL},
    {"no_new_privs", CFG_BOOL, OF_POOL(no_new_privs), .def = "on"},
    {"apparmor_profile", CFG_TEXT, OF_POOL(apparmor_profile), .def = ""},
    {"workers", CFG_RANGE, OF_POOL(workers), .def = "4", .max = MAX_WORKERS},
    {"start_rate", CFG_INT, OF_POOL(start_rate), .def = "0", .max = 1000},
    {"spare", CFG_INT, OF_POOL(spare), .def = "1", .min = 1,
     .max = MAX_WORKERS},
    {"idle_timeout", CFG_DURATION, OF_POOL(idle_timeout_ms), .def = "30s",
     .min = 100, .max = DAY_MS},
    {"own_accept", CFG_BOOL, OF_POOL(own_accept), .def = "off"},
    {"ready", CFG_CHOICE, OF_POOL(ready), .def = "byte", .choices = readies},
    {"output", CFG_CHOICE, OF_POOL(output), .def = "capture",
     .choices = outputs},
    {"start_timeout", CFG_DURATION, OF_POOL(start_timeout_ms), .def = "10s",
     .min = 100, .max = 10 * MINUTE},
    {"stop_timeout", CFG_DURATION, OF_POOL(stop_timeout_ms), .def = "30s",
     .min = 100, .max = HOUR},
    {"max_requests", CFG_INT, OF_POOL(max_requests), .def = "0",
     .max = INT64_C(1) << 40},
    {"max_age", CFG_DURATION, OF_POOL(max_age_ms), .def = "0ms",
     .max = 365 * DAY_MS},
    {"max_memory", CFG_BYTES, OF_POOL(max_memory_bytes), .def = "0B",
     .max = INT64_C(1) << 40},
    {"request_timeout", CFG_DURATION, OF_POOL(request_timeout_ms), .def = "0ms",
     .max = DAY_MS},
    {"queue_timeout", CFG_DURATION, OF_POOL(queue_timeout_ms), .def = "0ms",
     .max = HOUR},
    {"slow_request", CFG_DURATION, OF_POOL(slow_request_ms), .def = "0ms",
     .max = DAY_MS},
    {0},
};

static const struct cfg_key supervisor_keys[] = {
    {"health_socket", CFG_TEXT, IN(supervisor, health_socket), .def = ""},
    {"health_mode", CFG_OCTAL, IN(supervisor, health_mode), .def = "0660",
     .max = 0777},
    {"health_group", CFG_TEXT, IN(supervisor, health_group), .def = ""},
    {"control_socket", CFG_TEXT, IN(supervisor, control_socket), .def = ""},
    {"pid_file", CFG_TEXT, IN(supervisor, pid_file), .def = ""},
    {"worker_limit", CFG_INT, IN(supervisor, worker_limit), .def = "0",
     .max = (int64_t)MAX_POOLS * MAX_WORKERS},
    {0},
};

static const struct cfg_key database_keys[] = {
    {"url", CFG_TEXT, IN(database, url), .def = "sqlite:var/personal-tech.db",
     .env = "DATABASE_URL", .flags = CFG_URL | CFG_REQUIRED},
    {"reconnect", CFG_DURATION, IN(database, reconnect_ms), .def = "2s",
     .max = MINUTE},
    {"statement_timeout", CFG_DURATION, IN(database, statement_ms),
     .def = "20s", .min = 10, .max = HOUR},
    {"prepare", CFG_BOOL, IN(database, prepare), .def = "on"},
    {"connections", CFG_INT, IN(database, connections), .def = "0",
     .max = MAX_DB_CONNECTIONS},
    {"instances", CFG_INT, IN(database, instances), .def = "1", .min = 1,
     .max = MAX_DB_INSTANCES},
    {0},
};

static const struct cfg_key audit_keys[] = {
    {"key", CFG_TEXT, IN(audit, key), .def = "", .env = "AUDIT_KEY",
     .flags = CFG_SECRET},
    {"old_keys", CFG_WORDS, IN(audit, old_keys), .def = "",
     .env = "AUDIT_OLD_KEYS", .flags = CFG_SECRET},
    {0},
};

static const struct cfg_key cache_keys[] = {
    {"url", CFG_TEXT, IN(cache, url), .def = "shm:64MiB", .env = "REDIS_URL",
     .flags = CFG_URL | CFG_REQUIRED},
    {0},
};

static const struct cfg_key http_keys[] = {
    {"allow", CFG_WORDS, IN(http, allow), .def = "127.0.0.1 ::1"},
    {"allow_users", CFG_WORDS, IN(http, allow_users), .def = "root www-data"},
    {"read_timeout", CFG_DURATION, IN(http, read_timeout_ms), .def = "5s",
     .min = 10, .max = 10 * MINUTE},
    {"write_timeout", CFG_DURATION, IN(http, write_timeout_ms), .def = "10s",
     .min = 10, .max = 10 * MINUTE},
    {"hsts", CFG_INT, IN(http, hsts_s), .def = "31536000", .max = 63072000},
    {"access_log", CFG_BOOL, IN(http, access_log), .def = "off"},
    {"suppress_paths", CFG_WORDS, IN(http, suppress_paths), .def = ""},
    {0},
};

static const struct cfg_key files_keys[] = {
    {"dir", CFG_TEXT, IN(files, dir), .def = "${STATE_DIR:-var}/files",
     .flags = CFG_REQUIRED},
    {"max_bytes", CFG_BYTES, IN(files, max_bytes), .def = "50MiB", .min = 1024,
     .max = MAX_UPLOAD_BYTES},
    {"request_bytes", CFG_BYTES, IN(files, request_bytes), .def = "64MiB",
     .min = MAX_BODY_BYTES, .max = MAX_UPLOAD_BYTES},
    {0},
};

static const struct cfg_key session_keys[] = {
    {"idle", CFG_DURATION, IN(session, idle_ms), .def = "30m", .min = MINUTE,
     .max = 30 * DAY_MS},
    {"absolute", CFG_DURATION, IN(session, absolute_ms), .def = "12h",
     .min = MINUTE, .max = 90 * DAY_MS},
    {"remember", CFG_DURATION, IN(session, remember_ms), .def = "14d",
     .min = MINUTE, .max = 90 * DAY_MS},
    {0},
};

static const struct cfg_key login_keys[] = {
    {"attempts", CFG_INT, IN(login, attempts), .def = "5", .min = 1,
     .max = 1000},
    {"window", CFG_DURATION, IN(login, window_ms), .def = "15m", .min = SECOND,
     .max = 24 * HOUR},
    {"totp_required", CFG_WORDS, IN(login, totp_required), .def = "",
     .choices = roles},
    {0},
};

static const struct cfg_key oidc_keys[] = {
    {"issuer", CFG_TEXT, IN(oidc, issuer), .def = "", .env = "OIDC_ISSUER"},
    {"client_id", CFG_TEXT, IN(oidc, client_id), .def = "",
     .env = "OIDC_CLIENT_ID"},
    {"client_secret", CFG_TEXT, IN(oidc, client_secret), .def = "",
     .env = "OIDC_CLIENT_SECRET", .flags = CFG_SECRET},
    {"tenant", CFG_TEXT, IN(oidc, tenant), .def = "", .env = "OIDC_TENANT"},
    {"label", CFG_TEXT, IN(oidc, label), .def = ""},
    {"roles_claim", CFG_TEXT, IN(oidc, roles_claim), .def = "roles",
     .flags = CFG_REQUIRED},
    {"roles", CFG_WORDS, IN(oidc, roles), .def = ""},
    {"algorithms", CFG_WORDS, IN(oidc, algorithms), .def = "RS256",
     .flags = CFG_REQUIRED},
    {"scopes", CFG_WORDS, IN(oidc, scopes), .def = "openid profile email",
     .flags = CFG_REQUIRED},
    {"ca_file", CFG_TEXT, IN(oidc, ca_file), .def = ""},
    {"link_by_email", CFG_BOOL, IN(oidc, link_by_email), .def = "off"},
    {"timeout", CFG_DURATION, IN(oidc, timeout_ms), .def = "5s", .min = 100,
     .max = 20 * SECOND},
    {0},
};

static const struct cfg_key site_keys[] = {
    {"url", CFG_TEXT, IN(site, url), .def = "", .env = "SITE_URL"},
    {"office_email", CFG_TEXT, IN(site, office_email), .def = ""},
    {"static_prefix", CFG_TEXT, IN(site, static_prefix), .def = "",
     .env = "STATIC_PREFIX"},
    {0},
};

static const struct cfg_key mail_keys[] = {
    {"url", CFG_TEXT, IN(mail, url), .def = "", .env = "SMTP_URL",
     .flags = CFG_URL},
    {"from", CFG_TEXT, IN(mail, from), .def = ""},
    {"user", CFG_TEXT, IN(mail, user), .def = ""},
    {"password", CFG_TEXT, IN(mail, password), .def = "",
     .env = "SMTP_PASSWORD", .flags = CFG_SECRET},
    {"starttls", CFG_CHOICE, IN(mail, starttls), .def = "required",
     .choices = starttls},
    {"ca_file", CFG_TEXT, IN(mail, ca_file), .def = ""},
    {"timeout", CFG_DURATION, IN(mail, timeout_ms), .def = "30s", .min = SECOND,
     .max = 10 * MINUTE},
    {"per_hour", CFG_INT, IN(mail, per_hour), .def = "30", .min = 1,
     .max = 100000},
    {0},
};

static const struct cfg_key jobs_keys[] = {
    {"lease", CFG_DURATION, IN(jobs, lease_ms), .def = "60s", .min = 2 * SECOND,
     .max = HOUR},
    {"retry", CFG_DURATION, IN(jobs, retry_ms), .def = "15s", .min = SECOND,
     .max = HOUR},
    {"keep", CFG_DURATION, IN(jobs, keep_ms), .def = "30d", .min = HOUR,
     .max = 3650 * DAY_MS},
    {0},
};

static const struct cfg_key backup_keys[] = {
    {"key", CFG_TEXT, IN(backup, key), .def = "", .env = "BACKUP_KEY",
     .flags = CFG_SECRET},
    {"old_keys", CFG_WORDS, IN(backup, old_keys), .def = "",
     .env = "BACKUP_OLD_KEYS", .flags = CFG_SECRET},
    {"folder", CFG_TEXT, IN(backup, folder), .def = "${STATE_DIR:-var}/backups",
     .flags = CFG_REQUIRED},
    {"azure", CFG_TEXT, IN(backup, azure), .def = "", .env = "BACKUP_AZURE",
     .flags = CFG_SECRET},
    {"container", CFG_TEXT, IN(backup, container), .def = "backups",
     .flags = CFG_REQUIRED},
    {"ca_file", CFG_TEXT, IN(backup, ca_file), .def = ""},
    {"every", CFG_DURATION, IN(backup, every_ms), .def = "1d",
     .max = 31 * DAY_MS},
    {"at", CFG_DURATION, IN(backup, at_ms), .def = "2h", .max = DAY_MS},
    {"keep", CFG_DURATION, IN(backup, keep_ms), .def = "30d", .min = DAY_MS,
     .max = 3650 * DAY_MS},
    {"drill_every", CFG_DURATION, IN(backup, drill_every_ms), .def = "30d",
     .max = 365 * DAY_MS},
    {"tell", CFG_TEXT, IN(backup, tell), .def = ""},
    {0},
};

static const struct cfg_key telemetry_keys[] = {
    {"connection_string", CFG_TEXT, IN(telemetry, connection), .def = "",
     .env = "APPLICATIONINSIGHTS_CONNECTION_STRING", .flags = CFG_SECRET},
    {"folder", CFG_TEXT, IN(telemetry, folder),
     .def = "${STATE_DIR:-var}/telemetry", .flags = CFG_REQUIRED},
    {"max_bytes", CFG_BYTES, IN(telemetry, max_bytes), .def = "256MiB",
     .min = 16 << 20, .max = INT64_C(4) << 30},
    {"sample", CFG_INT, IN(telemetry, sample), .def = "100", .min = 1,
     .max = 100},
    {"every", CFG_DURATION, IN(telemetry, every_ms), .def = "5s", .min = 100,
     .max = 10 * MINUTE},
    {"check_every", CFG_DURATION, IN(telemetry, check_every_ms), .def = "1m",
     .max = DAY_MS},
    {"timeout", CFG_DURATION, IN(telemetry, timeout_ms), .def = "30s",
     .min = SECOND, .max = 5 * MINUTE},
    {"ca_file", CFG_TEXT, IN(telemetry, ca_file), .def = ""},
    {0},
};

static const struct cfg_key log_keys[] = {
    {"format", CFG_CHOICE, IN(log, format), .def = "text", .choices = formats},
    {"console", CFG_CHOICE, IN(log, console_level), .def = "info",
     .choices = levels},
    {"file_level", CFG_CHOICE, IN(log, file_level), .def = "info",
     .choices = levels},
    {"file", CFG_TEXT, IN(log, file), .def = ""},
    {0},
};

const struct cfg_section config_sections[] = {
    {.name = "", .keys = top_keys},
    {.name = "pools",
     .keys = pool_keys,
     AT(pools),
     .map = true,
     .size = sizeof(struct pool_conf),
     .max = MAX_POOLS,
     .count_offset = offsetof(struct config, n_pools)},
    {.name = "supervisor", .keys = supervisor_keys, AT(supervisor)},
    {.name = "database", .keys = database_keys, AT(database)},
    {.name = "audit", .keys = audit_keys, AT(audit)},
    {.name = "cache", .keys = cache_keys, AT(cache)},
    {.name = "http", .keys = http_keys, AT(http)},
    {.name = "files", .keys = files_keys, AT(files)},
    {.name = "session", .keys = session_keys, AT(session)},
    {.name = "login", .keys = login_keys, AT(login)},
    {.name = "oidc", .keys = oidc_keys, AT(oidc)},
    {.name = "site", .keys = site_keys, AT(site)},
    {.name = "mail", .keys = mail_keys, AT(mail)},
    {.name = "jobs", .keys = jobs_keys, AT(jobs)},
    {.name = "backup", .keys = backup_keys, AT(backup)},
    {.name = "telemetry", .keys = telemetry_keys, AT(telemetry)},
    {.name = "log", .keys = log_keys, AT(log)},
    {0},
};

/* To everybody else the others are not there. */
static void keep_enabled(struct config *conf)
{
    int64_t n = 0;
    for (int64_t i = 0; i < conf->n_pools; i++)
        if (conf->pools[i].enabled)
            conf->pools[n++] = conf->pools[i];
    conf->n_pools = n;
}

enum err config_load(const char *path, struct arena *a, struct config *ret,
                     struct err_note *why)
{
    memset(ret, 0, sizeof(*ret));
    TRY(cfg_load(path, config_sections, a, ret, why));
    keep_enabled(ret);
    return ERR_OK;
}

enum err config_enter(const char *prefix, const char *argument,
                      char ret_space[PATH_MAX], const char **ret_path,
                      struct err_note *why)
{
    const char *named = argument != NULL ? argument : getenv("PT_CONF");
    if (prefix != NULL && named != NULL && named[0] != '/' &&
        named[0] != '\0') {
        char cwd[PATH_MAX];
        if (getcwd(cwd, sizeof(cwd)) == NULL)
            return err_errno(why, ERR_SYSTEM, "working directory");
        if (snprintf(ret_space, PATH_MAX, "%s/%s", cwd, named) >= PATH_MAX)
            return err_set(why, ERR_CONFIG, "path too long: %s", named);
        argument = ret_space;
    }
    if (prefix != NULL && chdir(prefix) != 0)
        return err_errno(why, ERR_CONFIG, "--prefix: %s", prefix);
    *ret_path = config_path(argument);
    return ERR_OK;
}

const char *config_path(const char *argument)
{
    static const char usual[] = "conf/personal-tech.yaml";
    if (argument != NULL)
        return argument;
    const char *path = getenv("PT_CONF");
    if (path != NULL && path[0] != '\0')
        return path;
    return access(usual, F_OK) == 0 ? usual : NULL;
}
