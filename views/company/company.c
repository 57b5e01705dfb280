/*
 * company - who we are, and how we treat personal data.
 *
 * Source     Ley 1581 of 2012, articles 8, 9, 14 and 15; Decreto 1377 of
 *            2013, articles 7 and 13.
 */
#include "gen/tpl.h"
#include "web/article.h"
#include "web/route.h"

static const struct article about = {
    .lead = MSG_company_about_lead,
    .sections =
        {
            {MSG_company_mission, ARTICLE_TEXT, {MSG_company_mission_text}},
            {MSG_company_vision, ARTICLE_TEXT, {MSG_company_vision_text}},
            {MSG_company_values,
             ARTICLE_TERMS,
             {MSG_public_trust, MSG_company_trust_text, MSG_public_innovation,
              MSG_company_innovation_text, MSG_public_commitment,
              MSG_company_commitment_text}},
        },
    .action = MSG_company_write,
    .action_path = "/contacto/",
    .links = {{MSG_company_history_title, "/empresa/historia/"},
              {MSG_company_team_title, "/empresa/equipo/"}},
};

static const struct article history = {
    .lead = MSG_company_history_lead,
    .sections =
        {
            {MSG_company_origin, ARTICLE_TEXT, {MSG_company_origin_text}},
            {MSG_company_growth,
             ARTICLE_TEXT,
             {MSG_company_growth_text1, MSG_company_growth_text2}},
            {MSG_company_today, ARTICLE_TEXT, {MSG_company_today_text}},
        },
    .action = MSG_company_write,
    .action_path = "/contacto/",
    .links = {{MSG_company_about_title, "/empresa/nosotros/"},
              {MSG_company_team_title, "/empresa/equipo/"}},
};

static const struct article team = {
    .lead = MSG_company_team_lead,
    .sections =
        {
            {MSG_company_functions,
             ARTICLE_TERMS,
             {MSG_company_desk, MSG_company_desk_text, MSG_company_technicians,
              MSG_company_technicians_text, MSG_company_networks,
              MSG_company_networks_text, MSG_company_software,
              MSG_company_software_text, MSG_company_security,
              MSG_company_security_text, MSG_company_direction,
              MSG_company_direction_text}},
            {MSG_company_handover,
             ARTICLE_STEPS,
             {MSG_company_handover_1, MSG_company_handover_2,
              MSG_company_handover_3, MSG_company_handover_4}},
        },
    .action = MSG_company_write,
    .action_path = "/contacto/",
    .links = {{MSG_company_about_title, "/empresa/nosotros/"},
              {MSG_company_history_title, "/empresa/historia/"}},
};

static const struct article policy = {
    .lead = MSG_policy_lead,
    .sections =
        {
            {MSG_policy_responsible,
             ARTICLE_TEXT,
             {MSG_policy_responsible_text}},
            {MSG_policy_purposes,
             ARTICLE_TERMS,
             {MSG_policy_visitors, MSG_policy_visitors_text, MSG_policy_clients,
              MSG_policy_clients_text, MSG_policy_users, MSG_policy_users_text,
              MSG_policy_other_uses, MSG_policy_other_uses_text}},
            {MSG_policy_consent,
             ARTICLE_TEXT,
             {MSG_policy_consent_text1, MSG_policy_consent_text2}},
            {MSG_policy_rights,
             ARTICLE_LIST,
             {MSG_policy_right1, MSG_policy_right2, MSG_policy_right3,
              MSG_policy_right4, MSG_policy_right5, MSG_policy_right6}},
            {MSG_policy_how,
             ARTICLE_STEPS,
             {MSG_policy_how1, MSG_policy_how2, MSG_policy_how3,
              MSG_policy_how4}},
            {MSG_policy_times,
             ARTICLE_TERMS,
             {MSG_policy_enquiry, MSG_policy_enquiry_text, MSG_policy_claim,
              MSG_policy_claim_text, MSG_policy_incomplete,
              MSG_policy_incomplete_text}},
            {MSG_policy_keeping,
             ARTICLE_TEXT,
             {MSG_policy_keeping_text, MSG_policy_version}},
        },
    .action = MSG_company_write,
    .action_path = "/contacto/?asunto=other",
};

const struct route company_routes[] = {
    {.name = "company.about",
     .path = "/empresa/nosotros/",
     .need = PERM_public,
     .title = MSG_company_about_title,
     .tpl = &tpl__layout_article,
     .article = &about,
     .menu = {MSG_layout_company, "users", 12, .visitors = true}},
    {.name = "company.history",
     .path = "/empresa/historia/",
     .need = PERM_public,
     .title = MSG_company_history_title,
     .tpl = &tpl__layout_article,
     .article = &history},
    {.name = "company.team",
     .path = "/empresa/equipo/",
     .need = PERM_public,
     .title = MSG_company_team_title,
     .tpl = &tpl__layout_article,
     .article = &team},
    {.name = "company.policy",
     .path = "/politica-de-datos/",
     .need = PERM_public,
     .title = MSG_policy_title,
     .tpl = &tpl__layout_article,
     .article = &policy},
    {0},
};
