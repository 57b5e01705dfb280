/*
 * services - one page of text for each of the six services.
 */
#include "gen/tpl.h"
#include "web/article.h"
#include "web/route.h"

static const struct article support = {
    .lead = MSG_service_support_lead,
    .icon = "support",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_support_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_support_in1, MSG_service_support_in2,
              MSG_service_support_in3, MSG_service_support_in4,
              MSG_service_support_in5, MSG_service_support_in6}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_support_st1, MSG_service_support_st2,
              MSG_service_support_st3, MSG_service_support_st4}},
            {MSG_service_plans,
             ARTICLE_TERMS,
             {MSG_service_support_pl1, MSG_service_support_pl1_text,
              MSG_service_support_pl2, MSG_service_support_pl2_text,
              MSG_service_support_pl3, MSG_service_support_pl3_text}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=support",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

static const struct article software = {
    .lead = MSG_service_software_lead,
    .icon = "code",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_software_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_software_in1, MSG_service_software_in2,
              MSG_service_software_in3, MSG_service_software_in4,
              MSG_service_software_in5}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_software_st1, MSG_service_software_st2,
              MSG_service_software_st3, MSG_service_software_st4}},
            {MSG_service_benefits,
             ARTICLE_LIST,
             {MSG_service_software_be1, MSG_service_software_be2,
              MSG_service_software_be3}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=software",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

static const struct article networks = {
    .lead = MSG_service_networks_lead,
    .icon = "network",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_networks_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_networks_in1, MSG_service_networks_in2,
              MSG_service_networks_in3, MSG_service_networks_in4,
              MSG_service_networks_in5, MSG_service_networks_in6}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_networks_st1, MSG_service_networks_st2,
              MSG_service_networks_st3, MSG_service_networks_st4}},
            {MSG_service_benefits,
             ARTICLE_LIST,
             {MSG_service_networks_be1, MSG_service_networks_be2,
              MSG_service_networks_be3}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=networks",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

static const struct article cloud = {
    .lead = MSG_service_cloud_lead,
    .icon = "cloud",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_cloud_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_cloud_in1, MSG_service_cloud_in2,
              MSG_service_cloud_in3, MSG_service_cloud_in4,
              MSG_service_cloud_in5}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_cloud_st1, MSG_service_cloud_st2,
              MSG_service_cloud_st3, MSG_service_cloud_st4}},
            {MSG_service_benefits,
             ARTICLE_LIST,
             {MSG_service_cloud_be1, MSG_service_cloud_be2,
              MSG_service_cloud_be3}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=cloud",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

static const struct article security = {
    .lead = MSG_service_security_lead,
    .icon = "shield",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_security_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_security_in1, MSG_service_security_in2,
              MSG_service_security_in3, MSG_service_security_in4,
              MSG_service_security_in5, MSG_service_security_in6}},
            {MSG_service_layers,
             ARTICLE_TERMS,
             {MSG_service_security_la1, MSG_service_security_la1_text,
              MSG_service_security_la2, MSG_service_security_la2_text,
              MSG_service_security_la3, MSG_service_security_la3_text,
              MSG_service_security_la4, MSG_service_security_la4_text,
              MSG_service_security_la5, MSG_service_security_la5_text}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_security_st1, MSG_service_security_st2,
              MSG_service_security_st3, MSG_service_security_st4}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=security",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

static const struct article consulting = {
    .lead = MSG_service_consulting_lead,
    .icon = "compass",
    .sections =
        {
            {MSG_service_what, ARTICLE_TEXT, {MSG_service_consulting_what}},
            {MSG_service_included,
             ARTICLE_LIST,
             {MSG_service_consulting_in1, MSG_service_consulting_in2,
              MSG_service_consulting_in3, MSG_service_consulting_in4}},
            {MSG_service_how,
             ARTICLE_STEPS,
             {MSG_service_consulting_st1, MSG_service_consulting_st2,
              MSG_service_consulting_st3, MSG_service_consulting_st4}},
            {MSG_service_benefits,
             ARTICLE_LIST,
             {MSG_service_consulting_be1, MSG_service_consulting_be2,
              MSG_service_consulting_be3}},
        },
    .action = MSG_service_ask,
    .action_path = "/contacto/?asunto=consulting",
    .links = {{MSG_public_services_title, "/servicios/"}},
};

#define SERVICE(id, where)                                                     \
    {                                                                          \
        .name = "services." #id, .path = "/servicios/" where "/",              \
        .need = PERM_public, .title = MSG_public_##id,                         \
        .tpl = &tpl__layout_article, .article = &(id)                          \
    }

const struct route services_routes[] = {
    SERVICE(support, "soporte-tecnico"),
    SERVICE(software, "desarrollo-software"),
    SERVICE(networks, "redes-comunicaciones"),
    SERVICE(cloud, "soluciones-cloud"),
    SERVICE(security, "ciberseguridad"),
    SERVICE(consulting, "consultoria-ti"),
    {0},
};
