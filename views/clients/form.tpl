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
  {{! Answer 409: F_version is already the new one, so sending again overwrites on purpose. }}
  {{#CONFLICT}}
  <div class="notice notice-warn" role="alert" tabindex="-1" data-focus>
    <p>{{T_client_conflict}}</p>
    <dl class="facts">
      {{#CONFLICT_FIELD}}
      <div><dt>{{LABEL}}</dt><dd>{{T_client_conflict_saved}}: {{SAVED}}<br>{{T_client_conflict_yours}}: {{YOURS}}</dd></div>
      {{/CONFLICT_FIELD}}
    </dl>
  </div>
  {{/CONFLICT}}
  {{#LOOK_ALIKE}}
  <div class="notice notice-warn" role="alert" tabindex="-1" data-focus>
    <p>{{T_client_twins}}</p>
    <ul>{{#TWIN_ITEM}}<li>{{#TWIN_LINK}}<a href="{{TWIN_HREF}}">{{CODE}} · {{NAME}}</a> <span>{{ALIKE}}</span>{{/TWIN_LINK}}{{#TWIN_HIDDEN}}{{ALIKE}}{{/TWIN_HIDDEN}}</li>{{/TWIN_ITEM}}</ul>
    <p>{{T_client_twins_hint}}</p>
  </div>
  {{/LOOK_ALIKE}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{F_version}}">
    {{#LOOK_ALIKE}}<input type="hidden" name="confirm" value="{{F_confirm}}">{{/LOOK_ALIKE}}
    {{#OWN_FIELDS}}
    <div class="field">
      <dl class="facts">
        <div><dt>{{T_client_name}}</dt><dd>{{NAME}}</dd></div>
        <div><dt>{{T_client_document}}</dt><dd>{{DOCUMENT}}</dd></div>
      </dl>
      <p class="hint">{{T_client_own_fixed}}</p>
    </div>
    {{/OWN_FIELDS}}
    {{#ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="name">{{T_client_name}}</label>
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="off" autocapitalize="words"{{#E_name}} aria-invalid="true" aria-describedby="name-error"{{/E_name}}>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    {{/ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="company">{{T_client_company}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="company" name="company" value="{{F_company}}" maxlength="200" autocomplete="{{#ALL_FIELDS}}off{{/ALL_FIELDS}}{{#OWN_FIELDS}}organization{{/OWN_FIELDS}}"{{#E_company}} aria-invalid="true" aria-describedby="company-error"{{/E_company}}>
      {{#E_company}}<p class="field-error" id="company-error">{{MESSAGE}}</p>{{/E_company}}
    </div>
    {{#ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="kind">{{T_client_kind}}</label>
      <select class="form-control" id="kind" name="kind" required{{#E_kind}} aria-invalid="true" aria-describedby="kind-error"{{/E_kind}}>
        {{#O_kind}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_kind}}
      </select>
      {{#E_kind}}<p class="field-error" id="kind-error">{{MESSAGE}}</p>{{/E_kind}}
    </div>
    <div class="field">
      <label class="form-label" for="doc_type">{{T_client_doc_type}} <span class="muted">{{T_form_optional}}</span></label>
      <select class="form-control" id="doc_type" name="doc_type"{{#E_doc_type}} aria-invalid="true" aria-describedby="doc_type-error"{{/E_doc_type}}>
        {{#O_doc_type}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_doc_type}}
      </select>
      {{#E_doc_type}}<p class="field-error" id="doc_type-error">{{MESSAGE}}</p>{{/E_doc_type}}
    </div>
    <div class="field">
      <label class="form-label" for="doc_number">{{T_client_doc_number}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="doc_number" name="doc_number" value="{{F_doc_number}}" maxlength="30" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="doc_number-hint{{#E_doc_number}} doc_number-error doc_number-help{{/E_doc_number}}"{{#E_doc_number}} aria-invalid="true"{{/E_doc_number}}>
      <p class="hint" id="doc_number-hint">{{T_client_doc_hint}}</p>
      {{#E_doc_number}}<p class="field-error" id="doc_number-error">{{MESSAGE}}</p>{{/E_doc_number}}
      <div id="doc_number-help">
        {{#RIGHT_NIT}}<p class="field-error">{{T_client_right_nit}} {{NIT}}</p>{{/RIGHT_NIT}}
        {{#TWIN}}<p class="field-error">{{T_client_twin}} <a href="{{TWIN_HREF}}">{{CODE}} · {{NAME}}</a></p>{{/TWIN}}
      </div>
    </div>
    <div class="field">
      <label class="form-label" for="service_kind">{{T_client_service}}</label>
      <select class="form-control" id="service_kind" name="service_kind" required{{#E_service_kind}} aria-invalid="true" aria-describedby="service_kind-error"{{/E_service_kind}}>
        {{#O_service_kind}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_service_kind}}
      </select>
      {{#E_service_kind}}<p class="field-error" id="service_kind-error">{{MESSAGE}}</p>{{/E_service_kind}}
    </div>
    {{/ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="email">{{T_client_email}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" type="email" id="email" name="email" value="{{F_email}}" maxlength="254" autocomplete="{{#ALL_FIELDS}}off{{/ALL_FIELDS}}{{#OWN_FIELDS}}email{{/OWN_FIELDS}}" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    <div class="field">
      <label class="form-label" for="phone">{{T_client_phone}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" type="tel" id="phone" name="phone" value="{{F_phone}}" maxlength="30" autocomplete="{{#ALL_FIELDS}}off{{/ALL_FIELDS}}{{#OWN_FIELDS}}tel{{/OWN_FIELDS}}" aria-describedby="phone-hint{{#E_phone}} phone-error{{/E_phone}}"{{#E_phone}} aria-invalid="true"{{/E_phone}}>
      <p class="hint" id="phone-hint">{{T_client_phone_hint}}</p>
      {{#E_phone}}<p class="field-error" id="phone-error">{{MESSAGE}}</p>{{/E_phone}}
    </div>
    <div class="field">
      <div class="check">
        <input type="checkbox" id="whatsapp_ok" name="whatsapp_ok" value="1" aria-describedby="whatsapp_ok-hint{{#E_whatsapp_ok}} whatsapp_ok-error{{/E_whatsapp_ok}}"{{#C_whatsapp_ok}} checked{{/C_whatsapp_ok}}{{#E_whatsapp_ok}} aria-invalid="true"{{/E_whatsapp_ok}}>
        <label for="whatsapp_ok">{{#ALL_FIELDS}}{{T_client_whatsapp_ok}}{{/ALL_FIELDS}}{{#OWN_FIELDS}}{{T_client_whatsapp_own}}{{/OWN_FIELDS}}</label>
      </div>
      <p class="hint" id="whatsapp_ok-hint">{{#ALL_FIELDS}}{{T_client_whatsapp_ok_hint}}{{/ALL_FIELDS}}{{#OWN_FIELDS}}{{T_client_whatsapp_own_hint}}{{/OWN_FIELDS}}</p>
      {{#E_whatsapp_ok}}<p class="field-error" id="whatsapp_ok-error">{{MESSAGE}}</p>{{/E_whatsapp_ok}}
    </div>
    <div class="field">
      <label class="form-label" for="address">{{T_client_address}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="address" name="address" value="{{F_address}}" maxlength="200" autocomplete="{{#ALL_FIELDS}}off{{/ALL_FIELDS}}{{#OWN_FIELDS}}address-line1{{/OWN_FIELDS}}"{{#E_address}} aria-invalid="true" aria-describedby="address-error"{{/E_address}}>
      {{#E_address}}<p class="field-error" id="address-error">{{MESSAGE}}</p>{{/E_address}}
    </div>
    <div class="field">
      <label class="form-label" for="city">{{T_client_city}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="city" name="city" value="{{F_city}}" maxlength="100" autocomplete="{{#ALL_FIELDS}}off{{/ALL_FIELDS}}{{#OWN_FIELDS}}address-level2{{/OWN_FIELDS}}" autocapitalize="words"{{#E_city}} aria-invalid="true" aria-describedby="city-error"{{/E_city}}>
      {{#E_city}}<p class="field-error" id="city-error">{{MESSAGE}}</p>{{/E_city}}
    </div>
    <div class="field">
      <label class="form-label" for="dane_city">{{T_client_dane}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="dane_city" name="dane_city" value="{{F_dane_city}}" maxlength="100" list="places" autocomplete="off" aria-describedby="dane_city-hint{{#E_dane_city}} dane_city-error{{/E_dane_city}}"{{#E_dane_city}} aria-invalid="true"{{/E_dane_city}}>
      <datalist id="places">{{#PLACE_OPTION}}<option value="{{VALUE}}">{{LABEL}}</option>{{/PLACE_OPTION}}</datalist>
      <p class="hint" id="dane_city-hint">{{T_client_dane_hint}}</p>
      {{#E_dane_city}}<p class="field-error" id="dane_city-error">{{MESSAGE}}</p>{{/E_dane_city}}
    </div>
    {{#ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="notes">{{T_client_notes}} <span class="muted">{{T_form_optional}}</span></label>
      <textarea class="form-control" id="notes" name="notes" rows="4" maxlength="4000"{{#E_notes}} aria-invalid="true" aria-describedby="notes-error"{{/E_notes}}>
{{F_notes:p}}</textarea>
      {{#E_notes}}<p class="field-error" id="notes-error">{{MESSAGE}}</p>{{/E_notes}}
    </div>
    {{/ALL_FIELDS}}
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CANCEL_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
