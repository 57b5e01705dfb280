{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_newpass_title}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <p class="muted">{{T_newpass_others}}</p>
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
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{T_newpass_title}}</button>
      <a class="btn btn-quiet" href="/cuenta/">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
