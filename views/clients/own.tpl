{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="/cuenta/"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_account_back}}</a></p>
<div class="heading">
  <h1>{{T_part_own_title}}</h1>
  {{#CAN_EDIT}}
  <div class="actions">
    <a class="btn btn-primary" href="{{EDIT_HREF}}">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#edit"></use></svg>
      {{T_client_own_edit}}
    </a>
  </div>
  {{/CAN_EDIT}}
</div>
<p class="lead">{{T_part_own_lead}}{{#CAN_EDIT}} {{T_part_own_revoke}}{{/CAN_EDIT}}</p>
{{#ARCHIVED}}<div class="notice notice-warn"><p>{{T_client_own_archived}}</p></div>{{/ARCHIVED}}
{{#EMPTY}}<p class="muted">{{T_part_own_none}}</p>{{/EMPTY}}
{{#OWN_CLIENT}}
<div class="panel">
  <dl class="facts">
    <div><dt>{{T_client_name}}</dt><dd>{{NAME}}</dd></div>
    <div><dt>{{T_client_document}}</dt><dd>{{DOCUMENT}}</dd></div>
    <div><dt>{{T_client_company}}</dt><dd>{{COMPANY}}</dd></div>
    <div><dt>{{T_client_email}}</dt><dd>{{EMAIL}}</dd></div>
    <div><dt>{{T_client_phone}}</dt><dd>{{PHONE}}</dd></div>
    {{#MOBILE}}<div><dt>{{T_client_whatsapp_ok}}</dt><dd>{{WHATSAPP_LABEL}}</dd></div>{{/MOBILE}}
    <div><dt>{{T_client_address}}</dt><dd>{{ADDRESS}}</dd></div>
    <div><dt>{{T_client_city}}</dt><dd>{{CITY}}</dd></div>
    <div><dt>{{T_client_dane}}</dt><dd>{{PLACE}}</dd></div>
  </dl>
  {{#CAN_EDIT}}<p class="hint">{{T_client_own_fixed}}</p>{{/CAN_EDIT}}
</div>
{{/OWN_CLIENT}}
{{>PARTS}}
