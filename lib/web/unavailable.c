#include "web/unavailable.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "web/record.h"

/* As the static error pages of nginx look, whose style it borrows. */
static const char page[] =
    "Status: 503 Service Unavailable\r\n"
    "Retry-After: %d\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "\r\n"
    "<!DOCTYPE html>\n"
    "<html lang=\"es\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<title>El servicio está ocupado · Personal Technology</title>\n"
    "<link rel=\"stylesheet\" href=\"/errors/error.css\">\n"
    "</head>\n"
    "<body>\n"
    "<main>\n"
    "<p class=\"code\">503</p>\n"
    "<h1>El servicio está ocupado</h1>\n"
    "<p>Inténtelo de nuevo en unos segundos. Si estaba guardando algo, revise "
    "si quedó guardado antes de enviarlo otra vez.</p>\n"
    "<p><a href=\"/\">Ir al inicio</a></p>\n"
    "<section lang=\"en\">\n"
    "<h2>The service is busy</h2>\n"
    "<p>Try again in a few seconds. If you were saving something, check "
    "whether it was saved before sending it again.</p>\n"
    "<p><a href=\"/\">Go to the home page</a></p>\n"
    "</section>\n"
    "</main>\n"
    "</body>\n"
    "</html>\n";

static void add_record(struct unavailable *u, size_t nth, int type, size_t n)
{
    record_header(u->bytes + u->n, type, 0, n);
    u->ids[nth] = u->n + 2;
    u->n += RECORD_HEADER + n;
}

void unavailable_init(struct unavailable *u)
{
    memset(u, 0, sizeof(*u));
    int n = snprintf((char *)u->bytes + RECORD_HEADER,
                     sizeof(u->bytes) - RECORD_HEADER, page, RETRY_AFTER_S);
    add_record(u, 0, RECORD_STDOUT, (size_t)n);
    add_record(u, 1, RECORD_STDOUT, 0);
    add_record(u, 2, RECORD_END_REQUEST, END_REQUEST_BYTES);
}

void unavailable_address(struct unavailable *u, int request_id)
{
    for (size_t i = 0; i < ARRAY_LEN(u->ids); i++) {
        u->bytes[u->ids[i]] = (unsigned char)(request_id >> 8);
        u->bytes[u->ids[i] + 1] = (unsigned char)request_id;
    }
}
