/*
 * limits - every maximum of the project, in one place, with its unit.
 *
 * Layer      base.
 */
#ifndef PT_BASE_LIMITS_H
#define PT_BASE_LIMITS_H

enum {
    /* request */
    MAX_BODY_BYTES = 1 << 20,  /* urlencoded body */
    MAX_PARAMS = 200,          /* FastCGI parameters of one request */
    MAX_PARAMS_BYTES = 0xffff, /* the same; nginx sends them in one record */
    MAX_FORM_FIELDS = 200,     /* names in one body or query string */
    MAX_PATH_BYTES = 1024,     /* decoded path of a request */
    MAX_QUERY_BYTES = 4096,    /* raw query string */
    MAX_COOKIE_BYTES = 4096,   /* Cookie header as a whole */
    MAX_PATH_PARAMS = 4,       /* {placeholders} in one route */
    MAX_REQUEST_ID_BYTES = 64, /* characters of a request id */

    /* multipart body */
    MAX_UPLOAD_BYTES = 1 << 30,   /* a whole one, however it is configured */
    MAX_BOUNDARY_BYTES = 70,      /* RFC 2046, 5.1.1 */
    MAX_PART_HEADER_BYTES = 4096, /* header lines of one part */
    MAX_FILE_NAME_BYTES = 200,    /* UTF-8; longer ones are cut */
    MULTIPART_WINDOW_BYTES = 64 << 10, /* of the body that are in memory */

    /* CSV files that are read */
    MAX_CSV_ROWS = 100001,         /* of one, the heads among them */
    MAX_CSV_CELLS = 64,            /* of one row */
    MAX_CSV_CELL_BYTES = 32 << 10, /* UTF-8 */
    MAX_CSV_ROW_BYTES = 128 << 10, /* the same, of all its cells */

    /* response */
    MAX_RESPONSE_BYTES = 32 << 20, /* body */
    MAX_HEADER_BYTES = 12 << 10,   /* header block; nginx reads 64 KiB */
    MAX_STATIC_PREFIX = 200,       /* characters; the policy has it 4 times */

    /* memory */
    MAX_ARENA_BYTES = 64 << 20,   /* everything one request may allocate */
    ARENA_FIRST_BYTES = 64 << 10, /* chunk kept between requests */

    /* storage */
    MAX_DB_ARGS = 32,         /* $1 … of one statement */
    MAX_DB_COLUMNS = 48,      /* columns of one result */
    MAX_DB_STATEMENTS = 256,  /* prepared on one connection */
    MAX_SQL_BYTES = 16 << 10, /* text of one statement */
    MAX_TABLES = 12,          /* of one statement, transaction or page */

    /* audit */
    MAX_AUDIT_DIFF_BYTES = 64 << 10, /* what one row tells of a change */
    MAX_AUDIT_ROW_BYTES = 512 << 10, /* with each character escaped */
    MAX_AUDIT_KEYS = 16,             /* the present one and the old ones */

    /* backups */
    MAX_ARCHIVE_KEYS = 16,          /* the present one and the old ones */
    MAX_MANIFEST_BYTES = 256 << 10, /* what a backup tells of itself */

    /* pool */
    MAX_POOLS = 8,
    MAX_WORKERS = 1024, /* of one pool */
    MAX_DB_CONNECTIONS =
        262143,               /* max_connections, PostgreSQL's guc_tables.c */
    MAX_DB_INSTANCES = 10000, /* that share a database */
    MAX_COMMAND_ARGS = 32,    /* words of a worker's command line */

    /* mail */
    MAX_MAIL_BYTES = 256 << 10, /* one body, and each header */

    /* login by an OpenID provider */
    MAX_FETCH_BYTES = 256 << 10,   /* one answer of it */
    MAX_ID_TOKEN_BYTES = 16 << 10, /* what it says of a person */
    MAX_SUBJECT_BYTES = 255,       /* OpenID Connect Core 1.0, 2 */
    MAX_OIDC_ROLES = 64,           /* roles or groups of a person */
    MAX_OIDC_OPEN = 100,           /* logins begun, of one address */

    /* telemetry */
    MAX_SPOOL_NAMES_BYTES = 512 << 10, /* of all segments of a folder */

    /* configuration */
    MAX_CONF_BYTES = 256 << 10,  /* one YAML file */
    MAX_CONF_FILES = 64,         /* with those that are included */
    MAX_CONF_VALUE_BYTES = 1024, /* one value, after ${…} */
    MAX_SECRET_BYTES = 4096,     /* a *_FILE secret */

    /* log */
    MAX_LOG_LINE_BYTES = 4096,   /* longer lines are cut, marked with … */
    MAX_OUTPUT_LINE_BYTES = 8192 /* of a worker; longer ones are split */
};

#endif
