#include "out/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "out/transfer.h"
#include "text/mime.h"

enum {
    MAX_REPLY_BYTES = 300, /* of a server's answer, for the note */
    KEPT_S = 10            /* an idle connection */
};

struct smtp {
    const struct config *conf;
    CURL *curl;
    char *from_name, *from_address;
    bool in_mail; /* the server was told about the message */
    char reply[MAX_REPLY_BYTES];
    char error[CURL_ERROR_SIZE];
};

/* --- settings --- */

static bool begins(const char *s, const char *start)
{
    return strncmp(s, start, strlen(start)) == 0;
}

static enum err check_conf(const struct config *conf, struct err_note *why)
{
    const char *url = conf->mail.url;
    bool tls = begins(url, "smtps://");
    if (!tls && !begins(url, "smtp://"))
        return err_set(why, ERR_CONFIG,
                       "mail.url: must begin with smtp:// or smtps://");
    if (!tls && conf->mail.user[0] != '\0' &&
        conf->mail.starttls != STARTTLS_REQUIRED)
        return err_set(why, ERR_CONFIG,
                       "mail.starttls: must be required with a mail.user, or "
                       "the password would travel in the clear");
    return ERR_OK;
}

static enum err take_sender(struct smtp *s, struct err_note *why)
{
    const char *from = s->conf->mail.from;
    size_t room = strlen(from) + 1;
    s->from_name = malloc(room);
    s->from_address = malloc(room);
    if (s->from_name == NULL || s->from_address == NULL)
        abort();
    if (mime_split(from, s->from_name, s->from_address))
        return ERR_OK;
    return err_set(why, ERR_CONFIG,
                   "mail.from: \"%s\" is not of the form Name <address>", from);
}

/* Notes how far the dialogue got, and what the server says but goodbye. */
static int watch(CURL *curl UNUSED, curl_infotype type, char *data, size_t n,
                 void *arg)
{
    struct smtp *s = arg;
    static const char mail[] = "MAIL FROM:";
    if (type == CURLINFO_HEADER_OUT && n > sizeof(mail) &&
        memcmp(data, mail, sizeof(mail) - 1) == 0)
        s->in_mail = true;
    if (type != CURLINFO_HEADER_IN || (n > 3 && memcmp(data, "221", 3) == 0))
        return 0;
    size_t used = 0;
    for (size_t i = 0; i < n && used + 1 < sizeof(s->reply); i++)
        if (data[i] >= ' ' && data[i] < 0x7f)
            s->reply[used++] = data[i];
    s->reply[used] = '\0';
    return 0;
}

static void set_up(struct smtp *s)
{
    static const long ssl[] = {[STARTTLS_REQUIRED] = CURLUSESSL_ALL,
                               [STARTTLS_OPTIONAL] = CURLUSESSL_TRY,
                               [STARTTLS_OFF] = CURLUSESSL_NONE};
    const struct config *conf = s->conf;
    CURL *c = s->curl;
    transfer_begin(c, &(struct transfer){.url = conf->mail.url,
                                         .protocols = "smtp,smtps",
                                         .ca_file = conf->mail.ca_file,
                                         .error = s->error});
    curl_easy_setopt(c, CURLOPT_USE_SSL, ssl[conf->mail.starttls]);
    if (conf->mail.user[0] != '\0') {
        curl_easy_setopt(c, CURLOPT_USERNAME, conf->mail.user);
        curl_easy_setopt(c, CURLOPT_PASSWORD, conf->mail.password);
    }
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)conf->mail.timeout_ms);
    /* the goodbye to a server that fell silent is waited for, too */
    curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     (long)(conf->mail.timeout_ms / 1000));
    curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)KEPT_S);
    curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, watch);
    curl_easy_setopt(c, CURLOPT_DEBUGDATA, s);
    curl_easy_setopt(c, CURLOPT_VERBOSE, 1L); /* or watch() is not called */
}

enum err smtp_new(const struct config *conf, struct smtp **ret_smtp,
                  struct err_note *why)
{
    struct smtp *s = calloc(1, sizeof(*s));
    if (s == NULL)
        abort();
    s->conf = conf;
    if (conf->mail.url[0] != '\0') {
        enum err e = check_conf(conf, why);
        if (e == ERR_OK)
            e = take_sender(s, why);
        if (e == ERR_OK && (s->curl = curl_easy_init()) == NULL)
            e = err_set(why, ERR_SYSTEM, "libcurl does not start");
        if (e != ERR_OK) {
            smtp_free(s);
            return e;
        }
        set_up(s);
    }
    *ret_smtp = s;
    return ERR_OK;
}

struct smtp *smtp_free(struct smtp *s)
{
    if (s == NULL)
        return NULL;
    curl_easy_cleanup(s->curl);
    free(s->from_name);
    free(s->from_address);
    free(s);
    return NULL;
}

/* --- the message --- */

static void drop_list(void *arg)
{
    curl_slist_free_all(arg);
}

static void drop_mime(void *arg)
{
    curl_mime_free(arg);
}

/* Appends "Name: text" to list; text may be folded already. */
static struct curl_slist *add(struct curl_slist *list, struct arena *a,
                              const char *name, const char *text)
{
    return transfer_line(list, arena_fmt(a, "%s: %s", name, text));
}

static const char *mailbox(struct arena *a, const char *name,
                           const char *address)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, MAX_MAIL_BYTES);
    mime_mailbox(&b, name, address);
    return arena_strdup(a, buf_str(&b));
}

static const char *subject(struct arena *a, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, (size_t)4 * MAX_MAIL_BYTES);
    mime_subject(&b, text);
    return arena_strdup(a, buf_str(&b));
}

static const char *date(struct arena *a, int64_t t)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    mime_date(&b, t);
    return arena_strdup(a, buf_str(&b));
}

static struct curl_slist *headers(const struct smtp *s, struct arena *a,
                                  const struct mail *m)
{
    struct curl_slist *l = NULL;
    l = add(l, a, "Date", date(a, m->created_at));
    l = add(l, a, "From", mailbox(a, s->from_name, s->from_address));
    l = add(l, a, "To", mailbox(a, m->to_name, m->to_addr));
    if (m->reply_to[0] != '\0')
        l = add(l, a, "Reply-To", m->reply_to);
    l = add(l, a, "Subject", subject(a, m->subject));
    l = add(l, a, "Message-ID", arena_fmt(a, "<%s>", m->message_id));
    l = add(l, a, "Auto-Submitted", "auto-generated");
    l = add(l, a, "X-Auto-Response-Suppress", "All");
    l = add(l, a, "Content-Language", m->lang);
    l = add(l, a, "Content-Type", "multipart/alternative");
    arena_defer(a, drop_list, l);
    return l;
}

/* Lines end with CR LF in mail; a CR of our own would be one too many. */
static const char *with_crlf(struct arena *a, const char *text, size_t *ret_n)
{
    size_t n = strlen(text), used = 0;
    char *out = arena_alloc(a, 2 * n + 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\r')
            continue;
        if (text[i] == '\n')
            out[used++] = '\r';
        out[used++] = text[i];
    }
    *ret_n = used;
    return out;
}

static void add_part(curl_mime *mime, struct arena *a, const char *type,
                     const char *text)
{
    size_t n;
    const char *p = with_crlf(a, text, &n);
    curl_mimepart *part = curl_mime_addpart(mime);
    if (part == NULL || curl_mime_data(part, p, n) != CURLE_OK ||
        curl_mime_type(part, type) != CURLE_OK ||
        curl_mime_encoder(part, "quoted-printable") != CURLE_OK)
        abort(); /* out of memory */
}

static curl_mime *body(const struct smtp *s, struct arena *a,
                       const struct mail *m)
{
    curl_mime *mime = curl_mime_init(s->curl);
    if (mime == NULL)
        abort();
    add_part(mime, a, "text/plain; charset=utf-8", m->body_text);
    if (m->body_html[0] != '\0')
        add_part(mime, a, "text/html; charset=utf-8", m->body_html);
    arena_defer(a, drop_mime, mime);
    return mime;
}

/* --- sending --- */

/*
 * Did the server refuse this message, for good? Before MAIL it cannot have,
 * and what is wrong with our account is no fault of the message.
 */
static bool is_refused(const struct smtp *s)
{
    static const char *const account[] = {"530", "534", "535", "538"};
    for (size_t i = 0; i < ARRAY_LEN(account); i++)
        if (begins(s->reply, account[i]))
            return false;
    return s->in_mail && s->reply[0] == '5';
}

static enum err failure(const struct smtp *s, CURLcode rc, struct err_note *why)
{
    const char *text = transfer_problem(s->error, rc);
    if (is_refused(s))
        return err_set(why, ERR_INVALID, "%s", s->reply);
    if (s->reply[0] == '4' || s->reply[0] == '5')
        return err_set(why, ERR_UNAVAIL, "%s (%s)", s->reply, text);
    return err_set(why, ERR_UNAVAIL, "%s", text);
}

enum err smtp_send(struct smtp *s, struct arena *a, const struct mail *m,
                   struct err_note *why)
{
    CURL *c = s->curl;
    if (c == NULL)
        return err_set(why, ERR_UNAVAIL, "mail.url is not set");
    if (!mime_address_ok(m->to_addr) ||
        (m->reply_to[0] != '\0' && !mime_address_ok(m->reply_to)))
        return err_set(why, ERR_INVALID, "no address");
    struct curl_slist *to =
        transfer_line(NULL, arena_fmt(a, "<%s>", m->to_addr));
    arena_defer(a, drop_list, to);
    s->in_mail = false;
    s->reply[0] = s->error[0] = '\0';
    curl_easy_setopt(c, CURLOPT_MAIL_FROM,
                     arena_fmt(a, "<%s>", s->from_address));
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers(s, a, m));
    curl_easy_setopt(c, CURLOPT_MIMEPOST, body(s, a, m));
    CURLcode rc = curl_easy_perform(c);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, NULL);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(c, CURLOPT_MIMEPOST, NULL);
    return rc == CURLE_OK ? ERR_OK : failure(s, rc, why);
}
