#include "pool/fault.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/telemetry.h"

void fault_tell(struct pool_env *env, const char *event, const char *pool,
                const struct board_slot *at, const char *end)
{
    char detail[EVENT_TEXT_BYTES];
    if (!telemetry_is_on(env->conf))
        return;
    /* at the first one: before, the workers may not have made the folder */
    if (env->telemetry == NULL)
        env->telemetry =
            telemetry_open(env->conf, env->log, "ptpool", PT_COMMIT);
    snprintf(detail, sizeof(detail), "pool %s: %s%s%s", pool, end,
             at->busy ? ", in phase " : "",
             at->busy ? phase_name(at->phase) : "");
    struct event e = {.kind = EVENT_FAULT,
                      .failed = true,
                      .sample = 100,
                      .at_ms = clock_wall_ms(),
                      .text = {[EVENT_ID] = at->busy ? at->request_id : "",
                               [EVENT_NAME] = at->busy ? at->method : "",
                               [EVENT_ROUTE] = at->busy ? at->route : "",
                               [EVENT_ERROR] = event,
                               [EVENT_DETAIL] = detail}};
    event_add(env->telemetry, &e);
}
