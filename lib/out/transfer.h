/*
 * transfer - what all our requests over libcurl have in common, but those that
 * a page waits for (out/fetch.h).
 *
 * Layer      out.
 */
#ifndef PT_OUT_TRANSFER_H
#define PT_OUT_TRANSFER_H

#include <curl/curl.h>

struct transfer {
    const char *url;
    const char *protocols; /* "http,https": no other, wherever it leads */
    const char *ca_file;   /* PEM; "": the system's */
    char *error;           /* CURL_ERROR_SIZE bytes, that live as long as c */
};

/* c forgets what was set before; no proxy, no signals, no error yet. */
void transfer_begin(CURL *c, const struct transfer *t);

/* One line more; a list of none is NULL. curl_slist_free_all() frees it. */
struct curl_slist *transfer_line(struct curl_slist *list, const char *line);

/* What went wrong: in libcurl's words for this time, or for all. */
const char *transfer_problem(const char *error, CURLcode rc);

#endif
