{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_contact_title}}</h1>
  <p class="lead">{{T_contact_lead}} {{T_contact_place}}</p>
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
      <label class="form-label" for="name">{{T_contact_name}}</label>
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="name" autocapitalize="words"{{#E_name}} aria-invalid="true" aria-describedby="name-error"{{/E_name}}>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    <div class="field">
      <label class="form-label" for="email">{{T_contact_email}}</label>
      <input class="form-control" type="email" id="email" name="email" value="{{F_email}}" required maxlength="254" autocomplete="email" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    <div class="field">
      <label class="form-label" for="phone">{{T_contact_phone}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" type="tel" id="phone" name="phone" value="{{F_phone}}" maxlength="30" autocomplete="tel" aria-describedby="phone-hint{{#E_phone}} phone-error{{/E_phone}}"{{#E_phone}} aria-invalid="true"{{/E_phone}}>
      <p class="hint" id="phone-hint">{{T_contact_phone_hint}}</p>
      {{#E_phone}}<p class="field-error" id="phone-error">{{MESSAGE}}</p>{{/E_phone}}
    </div>
    <div class="field">
      <label class="form-label" for="subject">{{T_contact_subject}}</label>
      <select class="form-control" id="subject" name="subject" required{{#E_subject}} aria-invalid="true" aria-describedby="subject-error"{{/E_subject}}>
        {{#O_subject}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_subject}}
      </select>
      {{#E_subject}}<p class="field-error" id="subject-error">{{MESSAGE}}</p>{{/E_subject}}
    </div>
    <div class="field">
      <label class="form-label" for="message">{{T_contact_message}}</label>
      <textarea class="form-control" id="message" name="message" rows="6" required maxlength="4000" aria-describedby="message-hint{{#E_message}} message-error{{/E_message}}"{{#E_message}} aria-invalid="true"{{/E_message}}>
{{F_message:p}}</textarea>
      <p class="hint" id="message-hint">{{T_contact_message_hint}}</p>
      {{#E_message}}<p class="field-error" id="message-error">{{MESSAGE}}</p>{{/E_message}}
    </div>
    {{! Nobody sees it; programs that fill every field do. }}
    <div class="field" hidden>
      <label class="form-label" for="website">{{T_contact_trap}}</label>
      <input class="form-control" id="website" name="website" tabindex="-1" autocomplete="off">
    </div>
    <div class="field">
      <div class="check">
        <input type="checkbox" id="consent" name="consent" value="1" required{{#C_consent}} checked{{/C_consent}}{{#E_consent}} aria-invalid="true" aria-describedby="consent-error"{{/E_consent}}>
        <label for="consent">{{T_contact_consent_text}} <a href="{{LANG_PREFIX}}/politica-de-datos/">{{T_contact_consent_link}}</a>.</label>
      </div>
      {{#E_consent}}<p class="field-error" id="consent-error">{{MESSAGE}}</p>{{/E_consent}}
    </div>
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_contact_send}}</button></p>
  </form>
</section>
