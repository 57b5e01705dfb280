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
  <h1>{{#IS_CODE}}{{T_second_step_title}}{{/IS_CODE}}{{#IS_RECOVERY}}{{T_second_recovery_title}}{{/IS_RECOVERY}}</h1>
  <p class="lead">{{T_second_step_lead}}</p>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <div class="field">
      <label class="form-label" for="code">{{#IS_CODE}}{{T_second_code}}{{/IS_CODE}}{{#IS_RECOVERY}}{{T_second_recovery_title}}{{/IS_RECOVERY}}</label>
      {{#IS_CODE}}<input class="form-control one-time" id="code" name="code" required maxlength="30" inputmode="numeric" autocomplete="one-time-code" autofocus aria-describedby="code-hint{{#E_code}} code-error{{/E_code}}"{{#E_code}} aria-invalid="true"{{/E_code}}>{{/IS_CODE}}
      {{#IS_RECOVERY}}<input class="form-control one-time" id="code" name="code" required maxlength="30" autocomplete="off" autocapitalize="characters" spellcheck="false" autofocus aria-describedby="code-hint{{#E_code}} code-error{{/E_code}}"{{#E_code}} aria-invalid="true"{{/E_code}}>{{/IS_RECOVERY}}
      <p class="hint" id="code-hint">{{#IS_CODE}}{{T_second_code_hint}}{{/IS_CODE}}{{#IS_RECOVERY}}{{T_second_recovery_hint}}{{/IS_RECOVERY}}</p>
      {{#E_code}}<p class="field-error" id="code-error">{{MESSAGE}}</p>{{/E_code}}
    </div>
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_second_step_button}}</button></p>
    {{#IS_CODE}}<p><a href="{{LANG_PREFIX}}/cuenta/entrar/recuperacion/">{{T_second_step_lost}}</a></p>{{/IS_CODE}}
    {{#IS_RECOVERY}}
    <p><a href="{{LANG_PREFIX}}/cuenta/entrar/codigo/">{{T_second_step_found}}</a></p>
    <p class="hint">{{T_second_recovery_help}}</p>
    {{/IS_RECOVERY}}
  </form>
  {{/VALID}}
</section>
