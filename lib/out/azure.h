/*
 * azure - files in a container of Azure Blob Storage, over libcurl.
 *
 * A connection string as the portal shows it names account, key and address:
 * DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=…
 * or BlobEndpoint=URL. Each request is signed with the key (SharedKey,
 * HMAC-SHA256). A file is sent in blocks and is there when the last request
 * of it has been answered: whole or not at all.
 *
 * Source     Azure REST API, "Authorize with Shared Key", version 2021-08-06.
 * Ownership  What is returned lives in the arena of the call.
 * Errors     CONFIG (azure_new(), or the key is refused), NOTFOUND, NOSPACE
 *            (azure_get()), UNAVAIL; the note has the server's words.
 * Layer      out.
 */
#ifndef PT_OUT_AZURE_H
#define PT_OUT_AZURE_H

#include <sodium.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"

struct azure;

struct azure_conf {
    const char *connection;  /* the connection string */
    const char *container;   /* made if it is missing */
    const char *ca_file;     /* PEM; "": the system's */
    struct spool *telemetry; /* told of each request; NULL: none */
    const char *operation;   /* id of what they belong to */
    /* called now and then while bytes go; NULL allowed */
    void (*alive)(void *arg);
    void *arg;
};

enum err azure_new(const struct azure_conf *conf, struct azure **ret_azure,
                   struct err_note *why) MUST_USE;
struct azure *azure_free(struct azure *az);

/* Stores all that fd has as name. */
enum err azure_put(struct azure *az, struct arena *a, const char *name, int fd,
                   struct err_note *why) MUST_USE;

/* Writes it to fd, unless that is -1, and hashes it. */
enum err azure_get(struct azure *az, struct arena *a, const char *name, int fd,
                   char ret_hash[crypto_hash_sha256_BYTES * 2 + 1],
                   struct err_note *why) MUST_USE;

struct azure_blob {
    const char *name;
    int64_t bytes;
    const struct azure_blob *next;
};

/* All names that begin so, in their order. */
enum err azure_list(struct azure *az, struct arena *a, const char *prefix,
                    const struct azure_blob **ret_first,
                    struct err_note *why) MUST_USE;

/* That it is gone already is fine. */
enum err azure_delete(struct azure *az, struct arena *a, const char *name,
                      struct err_note *why) MUST_USE;

/*
 * The value of Authorization for what is to be signed, with a key in base64.
 * CONFIG when that is none.
 */
enum err azure_sign(struct arena *a, const char *account, const char *key,
                    const char *text, const char **ret) MUST_USE;

#endif
