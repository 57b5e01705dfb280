{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  {{#VOID}}
  <h1>{{T_reset_void}}</h1>
  <div class="panel">
    <p>{{T_reset_void_text}}</p>
    {{#ASK_OFFICE}}<p>{{T_accept_void_text}}</p>{{/ASK_OFFICE}}
    {{#ASK_AGAIN}}<p class="actions"><a class="btn btn-primary" href="{{AGAIN_HREF}}">{{T_reset_again}}</a></p>{{/ASK_AGAIN}}
  </div>
  {{/VOID}}
  {{#VALID}}
  <h1>{{FORM_TITLE}}</h1>
  <p class="lead">{{#IS_RESET}}{{T_reset_text}}{{/IS_RESET}}{{#IS_INVITATION}}{{T_accept_text}}{{/IS_INVITATION}}</p>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="enlace" value="{{F_enlace}}">
    <div class="field">
      <label class="form-label" for="email">{{T_account_email}}</label>
      <input class="form-control" type="email" id="email" value="{{USER_EMAIL}}" readonly autocomplete="username">
    </div>
    <div class="field">
      <label class="form-label" for="password">{{T_newpass_new}}</label>
      <div class="joined">
        <input class="form-control" type="password" id="password" name="password" required maxlength="200" autocomplete="new-password" aria-describedby="password-hint{{#E_password}} password-error{{/E_password}}"{{#E_password}} aria-invalid="true"{{/E_password}}>
        <button class="btn btn-quiet" type="button" data-reveal="password" aria-controls="password" aria-pressed="false" hidden>
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#eye"></use></svg>
          <span class="visually-hidden">{{T_account_reveal}}</span>
        </button>
      </div>
      <p class="hint" id="password-hint">{{T_newpass_hint}}</p>
      {{#E_password}}<p class="field-error" id="password-error">{{MESSAGE}}</p>{{/E_password}}
    </div>
    <div class="field">
      <label class="form-label" for="again">{{T_newpass_again}}</label>
      <div class="joined">
        <input class="form-control" type="password" id="again" name="again" required maxlength="200" autocomplete="new-password"{{#E_again}} aria-invalid="true" aria-describedby="again-error"{{/E_again}}>
        <button class="btn btn-quiet" type="button" data-reveal="again" aria-controls="again" aria-pressed="false" hidden>
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#eye"></use></svg>
          <span class="visually-hidden">{{T_account_reveal}}</span>
        </button>
      </div>
      {{#E_again}}<p class="field-error" id="again-error">{{MESSAGE}}</p>{{/E_again}}
    </div>
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_reset_save}}</button></p>
  </form>
  {{/VALID}}
</section>
