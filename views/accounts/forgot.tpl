{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_forgot_title}}</h1>
  {{#MAIL_OFF}}<div class="notice notice-warn"><p>{{T_forgot_off}}</p></div>{{/MAIL_OFF}}
  {{#MAIL_ON}}
  <p class="lead">{{T_forgot_lead}}</p>
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
      <label class="form-label" for="email">{{T_account_email}}</label>
      <input class="form-control" type="email" id="email" name="email" value="{{F_email}}" required maxlength="254" autocomplete="username" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{T_forgot_send}}</button>
      <a class="btn btn-quiet" href="{{LOGIN_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
  {{/MAIL_ON}}
</section>
