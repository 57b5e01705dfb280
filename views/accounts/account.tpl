{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_account_title}}</h1>
  <div class="panel">
    <dl class="facts">
      <div><dt>{{T_account_name}}</dt><dd>{{USER_NAME}}</dd></div>
      <div><dt>{{T_account_email}}</dt><dd>{{USER_EMAIL}}</dd></div>
      <div><dt>{{T_account_phone}}</dt><dd>{{USER_PHONE}}</dd></div>
      <div><dt>{{T_account_role}}</dt><dd>{{ROLE_LABEL}}</dd></div>
      <div><dt>{{T_account_last_login}}</dt><dd>{{LAST_LOGIN}}</dd></div>
      <div><dt>{{T_second_title}}</dt><dd>{{SECOND_LABEL}}</dd></div>
      <div><dt>{{T_account_session_until}}</dt><dd>{{SESSION_UNTIL}}</dd></div>
    </dl>
    <p class="actions">
      <a class="btn btn-primary" href="/cuenta/perfil/">{{T_profile_title}}</a>
      {{#OWN_PASSWORD}}<a class="btn btn-quiet" href="/cuenta/clave/">{{T_newpass_title}}</a>
      <a class="btn btn-quiet" href="/cuenta/dos-pasos/">{{T_second_title}}</a>{{/OWN_PASSWORD}}
      <a class="btn btn-quiet" href="/cuenta/sesiones/">{{T_session_title}}</a>
      <a class="btn btn-quiet" href="/cuenta/actividad/">{{T_audit_own_title}}</a>
    </p>
    <form class="actions" method="post" action="{{LOGOUT_HREF}}">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <button class="btn btn-quiet" type="submit">
        <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#logout"></use></svg>
        {{T_layout_logout}}
      </button>
    </form>
  </div>
  {{#OWN_CLIENT}}
  <h2>{{T_account_own_client}}</h2>
  <div class="panel">
    <dl class="facts">
      <div><dt>{{T_client_name}}</dt><dd>{{NAME}}</dd></div>
      <div><dt>{{T_client_company}}</dt><dd>{{COMPANY}}</dd></div>
      <div><dt>{{T_client_email}}</dt><dd>{{EMAIL}}</dd></div>
      <div><dt>{{T_client_phone}}</dt><dd>{{PHONE}}</dd></div>
      <div><dt>{{T_client_address}}</dt><dd>{{ADDRESS}}</dd></div>
      <div><dt>{{T_client_city}}</dt><dd>{{CITY}}</dd></div>
    </dl>
    <p class="actions">
      {{#CAN_EDIT}}<a class="btn btn-primary" href="{{EDIT_HREF}}">{{T_client_own_edit}}</a>{{/CAN_EDIT}}
      {{#OWN_PARTS}}<a class="btn btn-quiet" href="/cuenta/cliente/">{{T_client_own_parts}}</a>{{/OWN_PARTS}}
    </p>
  </div>
  {{/OWN_CLIENT}}
</section>
