/*
 * moved - where the addresses of the earlier application went.
 */
#include "web/route.h"

#define MOVED(id, from, to)                                                    \
    {                                                                          \
        .name = "moved." id, .path = (from), .need = PERM_public,              \
        .moved = (to)                                                          \
    }

const struct route moved_routes[] = {
    MOVED("login", "/accounts/login/", "/cuenta/entrar/"),
    MOVED("clients", "/services/clients/", "/clientes/"),
    MOVED("client_new", "/services/clients/create/", "/clientes/nuevo/"),
    MOVED("client_edit", "/services/clients/{id}/update/",
          "/clientes/{id}/editar/"),
    MOVED("orders", "/services/services/", "/ordenes/"),
    MOVED("order_new", "/services/services/create/", "/ordenes/nueva/"),
    MOVED("order_edit", "/services/services/{id}/update/",
          "/ordenes/{id}/editar/"),
    MOVED("reports", "/services/reports/", "/informes/"),
    MOVED("report_new", "/services/reports/create/", "/informes/nuevo/"),
    MOVED("report_edit", "/services/reports/{id}/update/",
          "/informes/{id}/editar/"),
    {0},
};
