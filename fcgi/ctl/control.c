#include "ctl/control.h"

enum err control_call(const char *address, const char *method, const char *path,
                      int *ret_status, struct buf *body, struct err_note *why)
{
    /* without a limit: a reload is answered when it is over */
    const struct local_http_request r = {
        .address = address, .method = method, .path = path};
    struct err_note what;
    enum err e = local_http_call(&r, ret_status, body, &what);
    if (e == ERR_FORBIDDEN)
        return err_set(why, e, "no access to %s; run as the user of ptpool",
                       address);
    if (e == ERR_UNAVAIL)
        return err_set(why, e,
                       "no supervisor answers at %s; is ptpool running? (%s)",
                       address, what.text);
    if (e != ERR_OK)
        *why = what;
    return e;
}

bool control_alive(const char *address)
{
    return local_http_alive(address);
}
