{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_account_login_title}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="next" value="{{F_next}}">
    <div class="field">
      <label class="form-label" for="email">{{T_account_email}}</label>
      <input class="form-control" type="email" id="email" name="email" value="{{F_email}}" required maxlength="254" autocomplete="username" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    <div class="field">
      <label class="form-label" for="password">{{T_account_password}}</label>
      <div class="joined">
        <input class="form-control" type="password" id="password" name="password" required maxlength="200" autocomplete="current-password"{{#E_password}} aria-invalid="true" aria-describedby="password-error"{{/E_password}}>
        <button class="btn btn-quiet" type="button" data-reveal="password" aria-controls="password" aria-pressed="false" hidden>
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#eye"></use></svg>
          <span class="visually-hidden">{{T_account_reveal}}</span>
        </button>
      </div>
      {{#E_password}}<p class="field-error" id="password-error">{{MESSAGE}}</p>{{/E_password}}
    </div>
    <div class="field">
      <label class="check"><input type="checkbox" name="remember" value="1"{{#C_remember}} checked{{/C_remember}}> {{T_account_remember}}</label>
    </div>
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_account_login_button}}</button></p>
    <p><a href="{{LANG_PREFIX}}/cuenta/recuperar/">{{T_account_forgot}}</a></p>
  </form>
  {{#OIDC}}
  <form class="panel" method="post" action="{{OIDC_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="next" value="{{F_next}}">
    <p>{{T_oidc_lead}}</p>
    <p class="actions"><button class="btn btn-quiet" type="submit">{{OIDC_LABEL}}</button></p>
  </form>
  {{/OIDC}}
</section>
