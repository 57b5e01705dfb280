#include "store/archive.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define FINAL  crypto_secretstream_xchacha20poly1305_TAG_FINAL
#define MIDDLE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE

enum {
    HEADER_BYTES = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    SEAL_BYTES = crypto_secretstream_xchacha20poly1305_ABYTES,
    LENGTH_BYTES = 4,
    MAX_NAME_BYTES = 255
};

static const char magic[8] = {'P', 'T', 'B', 'A', 'C', 'K', '1', '\n'};

/* --- keys --- */

/* Different uses of one text must not give related keys. */
static void derive(unsigned char *ret, size_t n, const char *use,
                   const char *text)
{
    crypto_generichash(ret, n, (const unsigned char *)text, strlen(text),
                       (const unsigned char *)use, strlen(use));
}

static enum err add_key(struct archive_keys *keys, const char *text,
                        const char *name, struct err_note *why)
{
    if (keys->n == MAX_ARCHIVE_KEYS)
        return err_set(why, ERR_CONFIG, "%s: more than %d", name,
                       MAX_ARCHIVE_KEYS - 1);
    if (strlen(text) < ARCHIVE_MIN_KEY_CHARS)
        return err_set(why, ERR_CONFIG,
                       "%s: %s; set BACKUP_KEY or BACKUP_KEY_FILE to at least "
                       "%d random characters",
                       name, text[0] == '\0' ? "is not set" : "is too short",
                       ARCHIVE_MIN_KEY_CHARS);
    struct archive_key *k = &keys->key[keys->n++];
    derive(k->key, sizeof(k->key), "personal-technology/backup/1", text);
    derive(k->id, sizeof(k->id), "personal-technology/id/1", text);
    return ERR_OK;
}

enum err archive_keys_init(struct archive_keys *keys, const char *key,
                           const char *const *old, struct err_note *why)
{
    keys->n = 0;
    TRY(add_key(keys, key, "backup.key", why));
    for (; old != NULL && *old != NULL; old++)
        TRY(add_key(keys, *old, "backup.old_keys", why));
    return ERR_OK;
}

static const struct archive_key *find_key(const struct archive_keys *keys,
                                          const unsigned char *id)
{
    for (size_t i = 0; i < keys->n; i++)
        if (memcmp(keys->key[i].id, id, ARCHIVE_KEY_ID_BYTES) == 0)
            return &keys->key[i];
    return NULL;
}

static void to_hex(crypto_hash_sha256_state state,
                   char ret_hash[ARCHIVE_HASH_SIZE])
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, bytes);
    sodium_bin2hex(ret_hash, ARCHIVE_HASH_SIZE, bytes, sizeof(bytes));
}

/* --- writing --- */

static enum err put(struct archive_writer *w, const void *p, size_t n,
                    struct err_note *why)
{
    if (!fd_write_all(w->fd, p, n)) {
        bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
        return err_errno(why, full ? ERR_NOSPACE : ERR_SYSTEM,
                         "the backup cannot be written");
    }
    crypto_hash_sha256_update(&w->hash, p, n);
    w->bytes += (int64_t)n;
    return ERR_OK;
}

enum err archive_begin(struct archive_writer *w, int fd,
                       const struct archive_key *key, struct err_note *why)
{
    unsigned char header[HEADER_BYTES];
    w->fd = fd;
    w->bytes = 0;
    w->used = 0;
    crypto_hash_sha256_init(&w->hash);
    crypto_secretstream_xchacha20poly1305_init_push(&w->state, header,
                                                    key->key);
    TRY(put(w, magic, sizeof(magic), why));
    TRY(put(w, key->id, sizeof(key->id), why));
    return put(w, header, sizeof(header), why);
}

/* Seals what has gathered in plain. */
static enum err flush(struct archive_writer *w, unsigned char tag,
                      struct err_note *why)
{
    unsigned long long n = 0;
    crypto_secretstream_xchacha20poly1305_push(&w->state,
                                               w->sealed + LENGTH_BYTES, &n,
                                               w->plain, w->used, NULL, 0, tag);
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        w->sealed[i] = (unsigned char)(n >> 8 * i);
    w->used = 0;
    return put(w, w->sealed, LENGTH_BYTES + (size_t)n, why);
}

enum err archive_file(struct archive_writer *w, const char *name,
                      struct err_note *why)
{
    size_t n = strlen(name);
    if (n == 0 || n > MAX_NAME_BYTES)
        return err_set(why, ERR_BUG, "no name of a file: %.80s", name);
    if (w->used > 0)
        TRY(flush(w, MIDDLE, why));
    w->plain[0] = 'N';
    memcpy(w->plain + 1, name, n);
    w->used = n + 1;
    return flush(w, MIDDLE, why);
}

enum err archive_write(struct archive_writer *w, const void *p, size_t n,
                       struct err_note *why)
{
    for (const unsigned char *at = p; n > 0;) {
        if (w->used == 0) {
            w->plain[0] = 'D';
            w->used = 1;
        }
        size_t part = sizeof(w->plain) - w->used;
        part = n < part ? n : part;
        memcpy(w->plain + w->used, at, part);
        w->used += part;
        at += part;
        n -= part;
        if (w->used == sizeof(w->plain))
            TRY(flush(w, MIDDLE, why));
    }
    return ERR_OK;
}

enum err archive_end(struct archive_writer *w, char ret_hash[ARCHIVE_HASH_SIZE],
                     struct err_note *why)
{
    TRY(flush(w, FINAL, why));
    if (fsync(w->fd) != 0)
        return err_errno(why, errno == ENOSPC ? ERR_NOSPACE : ERR_SYSTEM,
                         "the backup cannot be written");
    to_hex(w->hash, ret_hash);
    return ERR_OK;
}

/* --- reading --- */

/* Reads n bytes; fewer only at the end of the file. */
static enum err take(struct archive_reader *r, void *p, size_t n,
                     struct err_note *why)
{
    size_t got = 0;
    while (got < n) {
        ssize_t part = read(r->fd, (unsigned char *)p + got, n - got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return err_errno(why, ERR_SYSTEM, "the backup cannot be read");
        if (part == 0)
            return err_set(why, ERR_INVALID,
                           "the backup is cut off: its end is missing");
        got += (size_t)part;
    }
    crypto_hash_sha256_update(&r->hash, p, n);
    return ERR_OK;
}

static enum err altered(struct err_note *why)
{
    return err_set(why, ERR_INVALID,
                   "the backup was altered: it is not what was written");
}

/* Nothing may follow the last message. */
static enum err check_end(const struct archive_reader *r, struct err_note *why)
{
    char byte;
    return read(r->fd, &byte, 1) == 0 ? ERR_OK : altered(why);
}

/* The next message into plain. */
static enum err next_message(struct archive_reader *r, struct err_note *why)
{
    unsigned char length[LENGTH_BYTES], tag = 0;
    unsigned long long n = 0;
    size_t sealed = 0;
    TRY(take(r, length, sizeof(length), why));
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        sealed |= (size_t)length[i] << 8 * i;
    if (sealed < SEAL_BYTES || sealed > sizeof(r->sealed))
        return altered(why);
    TRY(take(r, r->sealed, sealed, why));
    if (crypto_secretstream_xchacha20poly1305_pull(
            &r->state, r->plain, &n, &tag, r->sealed, sealed, NULL, 0) != 0)
        return altered(why);
    r->n = (size_t)n;
    r->plain[r->n] = '\0';
    r->has_piece = n > 0;
    r->ended = tag == FINAL;
    return r->ended ? check_end(r, why) : ERR_OK;
}

enum err archive_open(struct archive_reader *r, int fd,
                      const struct archive_keys *keys, struct err_note *why)
{
    struct {
        char magic[sizeof(magic)];
        unsigned char id[ARCHIVE_KEY_ID_BYTES], header[HEADER_BYTES];
    } start;
    r->fd = fd;
    r->has_piece = r->ended = false;
    crypto_hash_sha256_init(&r->hash);
    if (lseek(fd, 0, SEEK_SET) != 0)
        return err_errno(why, ERR_SYSTEM, "the backup cannot be read");
    TRY(take(r, &start, sizeof(start), why));
    if (memcmp(start.magic, magic, sizeof(magic)) != 0)
        return err_set(why, ERR_INVALID, "this is no backup of ours");
    const struct archive_key *key = find_key(keys, start.id);
    if (key == NULL)
        return err_set(why, ERR_CONFIG,
                       "the key is not the one it was made with; set "
                       "BACKUP_KEY to that one, or name it in BACKUP_OLD_KEYS");
    if (crypto_secretstream_xchacha20poly1305_init_pull(&r->state, start.header,
                                                        key->key) != 0)
        return altered(why);
    return ERR_OK;
}

enum err archive_next(struct archive_reader *r, const char **ret_name,
                      struct err_note *why)
{
    while (!r->has_piece || r->plain[0] != 'N') {
        if (r->ended)
            return ERR_NOTFOUND;
        TRY(next_message(r, why));
    }
    r->has_piece = false;
    *ret_name = (const char *)r->plain + 1;
    return ERR_OK;
}

enum err archive_read(struct archive_reader *r, const unsigned char **ret_p,
                      size_t *ret_n, struct err_note *why)
{
    *ret_n = 0;
    if (!r->has_piece && !r->ended)
        TRY(next_message(r, why));
    if (!r->has_piece || r->plain[0] != 'D')
        return ERR_OK;
    *ret_p = r->plain + 1;
    *ret_n = r->n - 1;
    r->has_piece = false;
    return ERR_OK;
}

void archive_hash(const struct archive_reader *r,
                  char ret_hash[ARCHIVE_HASH_SIZE])
{
    to_hex(r->hash, ret_hash);
}
