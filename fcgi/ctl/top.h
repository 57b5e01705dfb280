/*
 * top - one frame of `ptctl top`: what the pools do now.
 *
 * Layer      fcgi.
 */
#ifndef PT_FCGI_CTL_TOP_H
#define PT_FCGI_CTL_TOP_H

#include "base/buf.h"
#include "ctl/state.h"

struct top_view {
    struct json_object *now;    /* as GET /status answers */
    struct json_object *before; /* NULL: rates are not known */
    int64_t over_ms;            /* between them */
    size_t rows;                /* lines there is room for; 0: any number */
};

/* The busiest workers first, then the routes that took most time. */
void top_render(const struct top_view *v, struct buf *out);

/* ptctl top [-n N] */
int top_run(struct ctl *ctl, int argc, char **argv);

#endif
