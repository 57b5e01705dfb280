{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <p><a class="back" href="/admin/usuarios/">{{T_user_back}}</a></p>
  <h1>{{NAME}}</h1>
  {{#INVITED}}
  <div class="notice notice-warn">
    {{#LINK_VALID}}<p>{{T_invite_valid}} {{UNTIL}}</p>{{/LINK_VALID}}
    {{#LINK_VOID}}<p>{{T_invite_void}}</p>{{/LINK_VOID}}
    {{#INVITE_AGAIN}}
    <form method="post" action="{{AGAIN_HREF}}">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <button class="btn btn-quiet" type="submit">{{T_invite_again}}</button>
    </form>
    {{/INVITE_AGAIN}}
  </div>
  {{/INVITED}}
  {{#INACTIVE}}<div class="notice notice-warn"><p>{{T_user_is_inactive}}</p></div>{{/INACTIVE}}
  <div class="panel">
    <dl class="facts">
      <div><dt>{{T_user_email}}</dt><dd>{{EMAIL}}</dd></div>
      <div><dt>{{T_user_phone}}</dt><dd>{{PHONE}}</dd></div>
      <div><dt>{{T_user_role}}</dt><dd>{{ROLE_LABEL}}</dd></div>
      {{#OWN_CLIENT}}<div><dt>{{T_user_client_label}}</dt><dd><a href="{{CLIENT_HREF}}">{{NAME}}</a></dd></div>{{/OWN_CLIENT}}
      <div><dt>{{T_user_status}}</dt><dd>{{STATUS_LABEL}}</dd></div>
      <div><dt>{{T_totp_label}}</dt><dd>{{#TOTP_ON}}{{T_totp_since}} {{SINCE}}{{/TOTP_ON}}{{#TOTP_OFF}}{{T_totp_none}}{{/TOTP_OFF}}</dd></div>
      <div><dt>{{T_user_last_login}}</dt><dd>{{LAST_LOGIN}}</dd></div>
      <div><dt>{{T_user_created}}</dt><dd>{{CREATED}}</dd></div>
    </dl>
    {{#CAN_EDIT}}
    <div class="actions">
      <a class="btn btn-primary" href="{{EDIT_HREF}}">
        <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#edit"></use></svg>
        {{T_user_edit}}
      </a>
      {{#SWITCH}}
      <form method="post" action="{{SWITCH_HREF}}">
        <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
        <input type="hidden" name="version" value="{{VERSION}}">
        <button class="btn btn-quiet" type="submit">{{SWITCH_LABEL}}</button>
      </form>
      {{/SWITCH}}
    </div>
    {{/CAN_EDIT}}
    {{#TOTP_RESET}}
    <form method="post" action="{{RESET_HREF}}">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <p class="hint" id="totp-hint">{{T_totp_reset_hint}}</p>
      <p class="actions"><button class="btn btn-quiet" type="submit" aria-describedby="totp-hint">{{T_totp_reset}}</button></p>
    </form>
    {{/TOTP_RESET}}
  </div>
  {{#ACTIVITY}}
  <p><a href="{{HISTORY_HREF}}">{{T_audit_user_title}}</a></p>
  <h2>{{T_user_sessions}}</h2>
  {{#NO_SESSION}}<p class="muted">{{T_user_sessions_none}}</p>{{/NO_SESSION}}
  {{#ROWS}}
  <table class="list">
    <caption class="visually-hidden">{{T_user_sessions}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_session_device}}</th>
        <th scope="col">{{T_session_address}}</th>
        <th scope="col">{{T_session_seen}}</th>
      </tr>
    </thead>
    <tbody>
      {{#PLACE}}
      <tr>
        <th scope="row">{{DEVICE}}</th>
        <td data-label="{{T_session_address}}">{{IP}}</td>
        <td data-label="{{T_session_seen}}">{{SEEN}}</td>
      </tr>
      {{/PLACE}}
    </tbody>
  </table>
  {{/ROWS}}
  {{/ACTIVITY}}
</section>
