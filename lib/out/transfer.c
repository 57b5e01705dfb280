#include "out/transfer.h"

#include <stdlib.h>

void transfer_begin(CURL *c, const struct transfer *t)
{
    t->error[0] = '\0';
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, t->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, t->protocols);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* whatever http_proxy says */
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
    if (t->ca_file[0] != '\0')
        curl_easy_setopt(c, CURLOPT_CAINFO, t->ca_file);
}

struct curl_slist *transfer_line(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        abort();
    return longer;
}

const char *transfer_problem(const char *error, CURLcode rc)
{
    return error[0] != '\0' ? error : curl_easy_strerror(rc);
}
