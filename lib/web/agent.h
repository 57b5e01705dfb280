/*
 * agent - a browser's name as people know it.
 *
 * Only for showing: what a browser says about itself may be anything.
 *
 * Layer      web.
 */
#ifndef PT_WEB_AGENT_H
#define PT_WEB_AGENT_H

#include "web/ctx.h"

/* "Firefox, Windows" of a User-Agent header; "Navegador" when unknown. */
const char *agent_label(struct ctx *c, const char *user_agent);

#endif
