/*
 * invite - the mail with which a person opens their account.
 *
 * Layer      views.
 */
#ifndef PT_VIEWS_ADMIN_INVITE_H
#define PT_VIEWS_ADMIN_INVITE_H

#include "model/user.h"
#include "web/ctx.h"

/* Queues it for u, who is invited; earlier links of u end. */
enum err invite_send(struct ctx *c, const struct user *u) MUST_USE;

/* Shows on the page of u whether the invitation still works. */
enum err invite_fill(struct ctx *c, const struct user *u) MUST_USE;

/* The button that sends another one. */
enum err invite_again_post(struct ctx *c) MUST_USE;

#endif
