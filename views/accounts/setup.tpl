{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  {{#VOID}}
  <h1>{{T_second_void}}</h1>
  <div class="panel">
    <p>{{T_second_void_text}}</p>
    <p class="actions"><a class="btn btn-primary" href="{{LOGIN_HREF}}">{{T_account_login_title}}</a></p>
  </div>
  {{/VOID}}
  {{#VALID}}
  <h1>{{T_second_setup_title}}</h1>
  {{#IS_LOGIN}}<p class="lead">{{T_second_setup_required}}</p>{{/IS_LOGIN}}
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="secret" value="{{F_secret}}">
    <p>{{T_second_setup_scan}}</p>
    <svg class="qr" viewBox="0 0 {{QR_SIZE}} {{QR_SIZE}}" role="img" aria-label="{{T_second_setup_image}}" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"></rect><path fill="#000" d="{{QR_PATH}}"></path></svg>
    <p>{{T_second_setup_type}}<br><code class="one-time">{{SECRET_TEXT}}</code></p>
    <div class="field">
      <label class="form-label" for="code">{{T_second_code}}</label>
      <input class="form-control one-time" id="code" name="code" value="{{F_code}}" required maxlength="30" inputmode="numeric" autocomplete="one-time-code" aria-describedby="code-hint{{#E_code}} code-error{{/E_code}}"{{#E_code}} aria-invalid="true"{{/E_code}}>
      <p class="hint" id="code-hint">{{T_second_code_hint}}</p>
      {{#E_code}}<p class="field-error" id="code-error">{{MESSAGE}}</p>{{/E_code}}
    </div>
    {{#IS_PROFILE}}
    {{! For the browser's list of passwords. }}
    <input type="hidden" autocomplete="username" value="{{USER_EMAIL}}">
    <div class="field">
      <label class="form-label" for="present">{{T_newpass_present}}</label>
      <div class="joined">
        <input class="form-control" type="password" id="present" name="present" required maxlength="200" autocomplete="current-password"{{#E_present}} aria-invalid="true" aria-describedby="present-error"{{/E_present}}>
        <button class="btn btn-quiet" type="button" data-reveal="present" aria-controls="present" aria-pressed="false" hidden>
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#eye"></use></svg>
          <span class="visually-hidden">{{T_account_reveal}}</span>
        </button>
      </div>
      {{#E_present}}<p class="field-error" id="present-error">{{MESSAGE}}</p>{{/E_present}}
    </div>
    <p class="muted">{{T_second_setup_others}}</p>
    {{/IS_PROFILE}}
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{T_second_setup_button}}</button>
      {{#IS_PROFILE}}<a class="btn btn-quiet" href="/cuenta/dos-pasos/">{{T_form_cancel}}</a>{{/IS_PROFILE}}
    </p>
  </form>
  {{/VALID}}
</section>
