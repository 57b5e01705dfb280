/*
 * config - what conf/personal-tech.yaml may say, as plain structs.
 *
 * The table in config.c is the schema; conf/personal-tech.example.yaml shows
 * every key with its default, unit and meaning.
 *
 * Ownership  All text lies in the arena given to config_load().
 * Units      *_ms are milliseconds, *_bytes bytes.
 * Layer      base.
 */
#ifndef PT_BASE_CONFIG_H
#define PT_BASE_CONFIG_H

#include <limits.h>

#include "base/cfg.h"
#include "base/limits.h"

/* How a worker shows that it can serve. */
enum pool_ready {
    POOL_READY_BYTE, /* it writes one byte to $PTPOOL_READY_FD */
    POOL_READY_EXEC  /* it was executed and lives for a moment */
};

/* Where what a worker writes to its standard output and error goes. */
enum pool_output {
    POOL_OUTPUT_CAPTURE, /* line by line into the log of ptpool */
    POOL_OUTPUT_INHERIT, /* to those of ptpool */
    POOL_OUTPUT_MERGED   /* as capture, but as one: their order is kept */
};

struct pool_conf {
    const char *name;
    const char *const *command; /* ends with NULL */
    bool enabled;               /* config_load() drops a pool that is not */
    const char *listen;         /* unix:PATH, [HOST:]PORT, fd:0, "" none */
    int64_t listen_mode;        /* of a unix socket, such as 0660 */
    const char *listen_owner, *listen_group; /* the same; "" leaves it */
    const char *const *listen_acl;           /* user:NAME, group:NAME besides */
    int64_t backlog;                         /* connections */
    const char *user;                        /* workers run as; "" stays */
    const char *group;                       /* the same; "" that of the user */
    const char *const *environment;          /* NAME, PREFIX*, NAME=value */
    int64_t umask;                           /* -1: as it is */
    const char *chdir;                       /* "": where ptpool is */
    /* most descriptors, bytes of a core, bytes of memory; -1: as they are */
    int64_t limit_nofile, limit_core, limit_as;
    bool no_new_privs;
    const char *apparmor_profile; /* of its program; "": as it comes */
    struct cfg_range workers;
    int64_t start_rate;       /* most that start in a second; 0 any */
    int64_t spare;            /* idle workers of a range that are kept */
    int64_t idle_timeout_ms;  /* a worker of a range so long unneeded goes */
    bool own_accept;          /* workers accept non-blocking by themselves */
    int64_t ready;            /* enum pool_ready */
    int64_t output;           /* enum pool_output */
    int64_t start_timeout_ms; /* until the worker is ready */
    int64_t stop_timeout_ms;  /* a drain may take; then KILL */
    int64_t max_requests;     /* of one worker, before it is replaced; 0 none */
    int64_t max_age_ms, max_memory_bytes;         /* the same */
    int64_t request_timeout_ms, queue_timeout_ms; /* 0 none */
    int64_t slow_request_ms;                      /* the same */
};

/* Is the connection to the mail server encrypted? */
enum mail_starttls { STARTTLS_REQUIRED, STARTTLS_OPTIONAL, STARTTLS_OFF };

struct config {
    const char *const *include; /* files that were read besides */
    bool debug;
    const char *secret_key;
    int64_t n_pools;
    struct pool_conf pools[MAX_POOLS];
    struct {
        const char *health_socket; /* plain HTTP: a path, HOST:PORT */
        int64_t health_mode;
        const char *health_group;
        const char *control_socket; /* ptctl; mode 0600 */
        const char *pid_file;
        int64_t worker_limit; /* of all pools; 0 as many as they may have */
    } supervisor;
    struct {
        const char *url;      /* sqlite:PATH or postgresql://… */
        int64_t reconnect_ms; /* a request waits for a lost server */
        int64_t statement_ms; /* longest statement */
        bool prepare;         /* once per connection; else sent as text */
        int64_t connections;  /* most of all instances; 0 not compared */
        int64_t instances;    /* of this configuration that share it */
    } database;
    struct {
        const char *key;             /* of the chain that is being written */
        const char *const *old_keys; /* newest first */
    } audit;
    struct {
        const char *url; /* shm:SIZE, redis://… or none */
    } cache;
    struct {
        const char *const *allow;       /* TCP peers: addresses */
        const char *const *allow_users; /* unix peers: user names */
        int64_t read_timeout_ms, write_timeout_ms;
        int64_t hsts_s; /* Strict-Transport-Security; 0 none */
        bool access_log;
        const char *const *suppress_paths; /* not in it, see web/reqlog.h */
    } http;
    struct {
        const char *dir;       /* where what people upload is stored */
        int64_t max_bytes;     /* of one file */
        int64_t request_bytes; /* of a request that brings files */
    } files;
    struct {
        int64_t idle_ms, absolute_ms, remember_ms;
    } session;
    struct {
        int64_t attempts;  /* failures before an address or account waits */
        int64_t window_ms; /* in which they are counted */
        const char *const *totp_required; /* roles that need a second step */
    } login;
    struct {
        const char *issuer; /* of an OpenID provider; "": no such login */
        const char *client_id, *client_secret; /* secret "": PKCE alone */
        const char *tenant; /* of Entra ID; "": another provider */
        const char *label;  /* of the button; "": ours */
        const char *roles_claim;
        const char *const *roles; /* VALUE=role; the first that is held */
        const char *const *algorithms, *const *scopes;
        const char *ca_file; /* PEM; "": the system's */
        bool link_by_email;
        int64_t timeout_ms; /* for all that one login asks the provider */
    } oidc;
    struct {
        const char *url;           /* of links in mail, without final /; "" */
        const char *office_email;  /* gets what visitors write; "": nobody */
        const char *static_prefix; /* of /static/, see web/asset.h; "" */
    } site;
    struct {
        const char *url;             /* smtp://… or smtps://…; "": off */
        const char *from;            /* Name <address> */
        const char *user, *password; /* "": without */
        const char *ca_file;         /* PEM; "": the system's */
        int64_t starttls;            /* enum mail_starttls, of smtp:// */
        int64_t timeout_ms;          /* for one message */
        int64_t per_hour;            /* messages to one address */
    } mail;
    struct {
        int64_t lease_ms; /* a job may be silent for so long */
        int64_t retry_ms; /* wait after the first failure, then doubling */
        int64_t keep_ms;  /* what is over is kept for so long */
    } jobs;
    struct {
        const char *key;             /* of what is stored; "": no backups */
        const char *const *old_keys; /* newest first; only to restore with */
        const char *folder;          /* where they lie on this machine */
        const char *azure;           /* connection string; "": not there */
        const char *container;       /* the same */
        const char *ca_file;         /* PEM; "": the system's */
        int64_t every_ms;            /* between two by the clock; 0: none */
        int64_t at_ms;               /* after midnight in Bogota */
        int64_t keep_ms;
        int64_t drill_every_ms; /* between two restore tests; 0: none */
        const char *tell;       /* who gets failures; "": site.office_email */
    } backup;
    struct {
        const char *connection; /* string of the portal; "": off */
        const char *folder;     /* where it waits */
        int64_t max_bytes;      /* of that; then the oldest goes */
        int64_t sample;         /* percent of requests that are kept */
        int64_t every_ms;       /* between two sendings */
        int64_t check_every_ms; /* of the public address; 0: never */
        int64_t timeout_ms;     /* for an answer */
        const char *ca_file;    /* PEM; "": the system's */
    } telemetry;
    struct {
        int64_t format;                    /* enum log_format */
        int64_t console_level, file_level; /* enum log_level */
        const char *file;
    } log;
};

/* The schema, for cfg_dump(). */
extern const struct cfg_section config_sections[];

/* ERR_CONFIG with "file:line: key: what". path may be NULL. */
enum err config_load(const char *path, struct arena *a, struct config *ret,
                     struct err_note *why) MUST_USE;

/*
 * The path of the configuration: the argument if not NULL, else $PT_CONF,
 * else conf/personal-tech.yaml if it exists, else NULL.
 */
const char *config_path(const char *argument);

/*
 * Goes to the folder from which relative paths shall start (NULL: stays) and
 * looks there for the configuration; the argument and $PT_CONF start where we
 * were. *ret_path as config_path() gives it, perhaps in ret_space.
 */
enum err config_enter(const char *prefix, const char *argument,
                      char ret_space[PATH_MAX], const char **ret_path,
                      struct err_note *why) MUST_USE;

#endif
