{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{FORM_TITLE}}</h1>
  {{#IS_OFF}}
  <div class="panel">
    <p>{{T_second_off_not_on}}</p>
    <p class="actions"><a class="btn btn-primary" href="/cuenta/dos-pasos/">{{T_second_title}}</a></p>
  </div>
  {{/IS_OFF}}
  {{#VALID}}
  <p class="lead">{{FORM_TEXT}}</p>
  {{#REQUIRED}}<div class="notice notice-warn"><p>{{T_second_off_required}}</p></div>{{/REQUIRED}}
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
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
      <label class="form-label" for="code">{{T_second_code}}</label>
      <input class="form-control one-time" id="code" name="code" value="{{F_code}}" required maxlength="30" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" aria-describedby="code-hint{{#E_code}} code-error{{/E_code}}"{{#E_code}} aria-invalid="true"{{/E_code}}>
      <p class="hint" id="code-hint">{{T_second_either_hint}}</p>
      {{#E_code}}<p class="field-error" id="code-error">{{MESSAGE}}</p>{{/E_code}}
    </div>
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{FORM_TITLE}}</button>
      <a class="btn btn-quiet" href="/cuenta/dos-pasos/">{{T_form_cancel}}</a>
    </p>
  </form>
  {{/VALID}}
</section>
