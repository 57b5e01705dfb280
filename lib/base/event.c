#include "base/event.h"

#include <arpa/inet.h>
#include <string.h>

enum { FORM = 1 }; /* of the record: another number, other fields */

#define NONE UINT32_MAX

/* In front of the texts, each a byte that says how long it is, and itself. */
struct packed {
    uint8_t form, kind, failed, sample;
    uint32_t number[EVENT_NUMBERS]; /* NONE: -1 */
    int64_t at_ms, took_us;
};

static uint32_t pack_number(int64_t v)
{
    return v >= 0 && v < NONE ? (uint32_t)v : NONE;
}

static char *pack_text(char *to, const char *text)
{
    size_t n = text != NULL ? strnlen(text, EVENT_TEXT_BYTES) : 0;
    *to++ = (char)n;
    if (n > 0)
        memcpy(to, text, n);
    return to + n;
}

void event_add(struct spool *s, const struct event *e)
{
    char record[sizeof(struct packed) +
                (size_t)EVENT_TEXTS * (EVENT_TEXT_BYTES + 1)];
    struct packed p = {.form = FORM,
                       .kind = (uint8_t)e->kind,
                       .failed = e->failed,
                       .sample = (uint8_t)e->sample,
                       .at_ms = e->at_ms,
                       .took_us = e->took_us};
    _Static_assert(sizeof(record) <= MAX_SPOOL_RECORD_BYTES, "too long");
    if (s == NULL)
        return;
    for (size_t i = 0; i < EVENT_NUMBERS; i++)
        p.number[i] = pack_number(e->number[i]);
    memcpy(record, &p, sizeof(p));
    char *to = record + sizeof(p);
    for (size_t i = 0; i < EVENT_TEXTS; i++)
        to = pack_text(to, e->text[i]);
    spool_add(s, record, (size_t)(to - record));
}

bool event_read(const char *record, size_t n, struct event *ret,
                char ret_space[MAX_SPOOL_RECORD_BYTES])
{
    struct packed p;
    const char *end = record + n;
    if (n < sizeof(p) || n > MAX_SPOOL_RECORD_BYTES)
        return false;
    memcpy(&p, record, sizeof(p));
    if (p.form != FORM || p.kind >= EVENT_KINDS || p.failed > 1 ||
        p.sample == 0 || p.sample > 100 || p.at_ms < 0 || p.took_us < 0)
        return false;
    *ret = (struct event){.kind = (enum event_kind)p.kind,
                          .failed = p.failed != 0,
                          .sample = p.sample,
                          .at_ms = p.at_ms,
                          .took_us = p.took_us};
    for (size_t i = 0; i < EVENT_NUMBERS; i++)
        ret->number[i] = p.number[i] == NONE ? -1 : (int64_t)p.number[i];
    record += sizeof(p);
    for (size_t i = 0; i < EVENT_TEXTS; i++) {
        size_t length = record < end ? (unsigned char)*record++ : SIZE_MAX;
        if (length > (size_t)(end - record))
            return false;
        memcpy(ret_space, record, length);
        ret_space[length] = '\0'; /* where the byte of its length stood */
        ret->text[i] = ret_space;
        ret_space += length + 1;
        record += length;
    }
    return record == end;
}

bool event_sampled(const char *id, int64_t percent)
{
    uint32_t h = UINT32_C(2166136261); /* FNV-1a */
    if (percent >= 100)
        return true;
    for (; *id != '\0'; id++)
        h = (h ^ (unsigned char)*id) * UINT32_C(16777619);
    return (h ^ h >> 16) % 100 < (uint32_t)percent;
}

/* 203.0.113.7 up to its last dot; 0 when it is no such address. */
static size_t network_of(const char *address)
{
    size_t n = 0, last = 0, dots = 0;
    for (; n < INET_ADDRSTRLEN; n++) {
        if (address[n] == '.') {
            last = n;
            dots++;
        } else if (address[n] < '0' || address[n] > '9') {
            break;
        }
    }
    return address[n] == '\0' && dots == 3 ? last : 0;
}

void event_mask(const char *address, char ret[48])
{
    struct in6_addr six;
    size_t n = network_of(address);
    ret[0] = '\0';
    if (n > 0) {
        memcpy(ret, address, n);
        memcpy(ret + n, ".0", 3);
    } else if (inet_pton(AF_INET6, address, &six) == 1) {
        memset(six.s6_addr + 6, 0, sizeof(six.s6_addr) - 6);
        inet_ntop(AF_INET6, &six, ret, 48);
    }
}
