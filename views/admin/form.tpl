{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{FORM_TITLE}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    {{#IS_OLD}}
    <input type="hidden" name="version" value="{{F_version}}">
    <p class="muted">{{USER_EMAIL}}</p>
    {{/IS_OLD}}
    <div class="field">
      <label class="form-label" for="name">{{T_user_name}}</label>
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="off" autocapitalize="words"{{#E_name}} aria-invalid="true" aria-describedby="name-error"{{/E_name}}>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    {{#IS_NEW}}
    <div class="field">
      <label class="form-label" for="email">{{T_user_email}}</label>
      <input class="form-control" id="email" name="email" value="{{F_email}}" type="email" required maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    {{/IS_NEW}}
    <div class="field">
      <label class="form-label" for="phone">{{T_user_phone}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="phone" name="phone" value="{{F_phone}}" type="tel" maxlength="30" autocomplete="off"{{#E_phone}} aria-invalid="true" aria-describedby="phone-error"{{/E_phone}}>
      {{#E_phone}}<p class="field-error" id="phone-error">{{MESSAGE}}</p>{{/E_phone}}
    </div>
    <div class="field">
      <label class="form-label" for="role">{{T_user_role}}</label>
      <select class="form-control" id="role" name="role" required{{#E_role}} aria-invalid="true" aria-describedby="role-error"{{/E_role}}>
        {{#O_role}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_role}}
      </select>
      {{#E_role}}<p class="field-error" id="role-error">{{MESSAGE}}</p>{{/E_role}}
    </div>
    <div class="field">
      <label class="form-label" for="client">{{T_user_client}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="client" name="client" value="{{F_client}}" maxlength="20" autocomplete="off" aria-describedby="client-hint{{#E_client}} client-error{{/E_client}}"{{#E_client}} aria-invalid="true"{{/E_client}}>
      <p class="hint" id="client-hint">{{T_user_client_hint}}</p>
      {{#E_client}}<p class="field-error" id="client-error">{{MESSAGE}}</p>{{/E_client}}
    </div>
    {{#IS_NEW}}
    <div class="field">
      <label class="form-label" for="password">{{T_user_password}}{{#CAN_INVITE}} <span class="muted">{{T_form_optional}}</span>{{/CAN_INVITE}}</label>
      <div class="joined">
        <input class="form-control" type="password" id="password" name="password"{{#MUST_TYPE}} required{{/MUST_TYPE}} maxlength="200" autocomplete="new-password" aria-describedby="password-hint{{#E_password}} password-error{{/E_password}}"{{#E_password}} aria-invalid="true"{{/E_password}}>
        <button class="btn btn-quiet" type="button" data-reveal="password" aria-controls="password" aria-pressed="false" hidden>
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#eye"></use></svg>
          <span class="visually-hidden">{{T_account_reveal}}</span>
        </button>
      </div>
      <p class="hint" id="password-hint">{{#CAN_INVITE}}{{T_invite_hint}}{{/CAN_INVITE}}{{#MUST_TYPE}}{{T_user_password_hint}}{{/MUST_TYPE}}</p>
      {{#E_password}}<p class="field-error" id="password-error">{{MESSAGE}}</p>{{/E_password}}
    </div>
    {{/IS_NEW}}
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CANCEL_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
