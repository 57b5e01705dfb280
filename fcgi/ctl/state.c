#include "ctl/state.h"

#include <inttypes.h>
#include <stdio.h>

#include "ctl/control.h"

int state_complain(const char *command, const char *what)
{
    fprintf(stderr, "ptctl %s: %s\n", command, what);
    return CTL_FAILED;
}

bool state_read(const struct ctl *ctl, const char *method, const char *path,
                struct json_object **ret_answer, struct err_note *why)
{
    const char *address = ctl->conf.supervisor.control_socket;
    struct buf body;
    int status = 0;
    if (address[0] == '\0') {
        err_set(why, ERR_CONFIG,
                "supervisor.control_socket is not set in %s; set it and "
                "restart ptpool",
                ctl->conf_path != NULL ? ctl->conf_path : "the configuration");
        return false;
    }
    buf_init(&body, MAX_CONTROL_BYTES);
    enum err e = control_call(address, method, path, &status, &body, why);
    struct json_object *answer =
        e == ERR_OK ? json_tokener_parse(buf_str(&body)) : NULL;
    buf_done(&body);
    if (e == ERR_OK && answer == NULL)
        err_set(why, ERR_SYSTEM, "the supervisor's answer is not JSON");
    if (answer != NULL)
        *ret_answer = answer;
    return answer != NULL;
}

int state_ask(const struct ctl *ctl, const char *command, const char *method,
              const char *path, struct json_object **ret_answer)
{
    struct err_note why;
    if (!state_read(ctl, method, path, ret_answer, &why))
        return state_complain(command, why.text);
    return CTL_OK;
}

const char *state_age(int64_t ms, char ret_text[STATE_AGE_TEXT])
{
    enum { S = 1000, M = 60 * S, H = 60 * M };
    const int64_t day = 24LL * H;
    if (ms < M)
        snprintf(ret_text, STATE_AGE_TEXT, "%.1fs", (double)ms / S);
    else if (ms < H)
        snprintf(ret_text, STATE_AGE_TEXT, "%" PRId64 "m", ms / M);
    else if (ms < day)
        snprintf(ret_text, STATE_AGE_TEXT, "%" PRId64 "h", ms / H);
    else
        snprintf(ret_text, STATE_AGE_TEXT, "%" PRId64 "d", ms / day);
    return ret_text;
}
