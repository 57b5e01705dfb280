/*
 * article - a page of text is one table of messages.
 *
 * The h1 is the title of the route; below it stand a lead, sections and one
 * way on. `.article` of a route names the table, `.tpl` is
 * tpl__layout_article.
 *
 * Layer      web.
 */
#ifndef PT_WEB_ARTICLE_H
#define PT_WEB_ARTICLE_H

#include "web/ctx.h"

enum {
    ARTICLE_SECTIONS = 8, /* of one article */
    ARTICLE_ITEMS = 12,   /* of one section */
    ARTICLE_LINKS = 4     /* to related pages */
};

enum article_kind {
    ARTICLE_TEXT,  /* paragraphs */
    ARTICLE_LIST,  /* in no order */
    ARTICLE_STEPS, /* one after the other */
    ARTICLE_TERMS  /* name, text, name, text … */
};

struct article_section {
    enum msg heading; /* MSG_none ends the sections */
    enum article_kind kind;
    enum msg items[ARTICLE_ITEMS]; /* up to MSG_none */
};

struct article {
    enum msg lead;
    const char *icon; /* beside the title; NULL for none */
    struct article_section sections[ARTICLE_SECTIONS];
    enum msg action;         /* MSG_none: no way on */
    const char *action_path; /* of a public page */
    struct {
        enum msg label; /* MSG_none ends the links */
        const char *path;
    } links[ARTICLE_LINKS]; /* to related public pages */
};

/* Fills c->page with the texts. */
void article_fill(struct ctx *c, const struct article *a);

#endif
