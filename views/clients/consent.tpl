{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <p><a class="back" href="{{CLIENT_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{CLIENT_NAME}}</a></p>
  <h1>{{FORM_TITLE}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <p class="lead">{{T_consent_lead}}</p>
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="text_version" value="{{F_text_version}}">
    <fieldset class="field" id="purpose" tabindex="-1"{{#E_purpose}} aria-describedby="purpose-error"{{/E_purpose}}>
      <legend class="form-label">{{T_consent_purpose}}</legend>
      {{#O_purpose}}
      <label class="check check-long"><input type="radio" name="purpose" value="{{VALUE}}" required{{#SELECTED}} checked{{/SELECTED}}> <span>{{LABEL}}</span></label>
      {{/O_purpose}}
      <p class="hint">{{T_consent_text}}: {{TEXT_VERSION}}. <a href="/politica-de-datos/">{{T_consent_policy}}</a></p>
      {{#E_purpose}}<p class="field-error" id="purpose-error">{{MESSAGE}}</p>{{/E_purpose}}
    </fieldset>
    <div class="field">
      <label class="form-label" for="channel">{{T_consent_channel}}</label>
      <select class="form-control" id="channel" name="channel" required{{#E_channel}} aria-invalid="true" aria-describedby="channel-error"{{/E_channel}}>
        {{#O_channel}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_channel}}
      </select>
      {{#E_channel}}<p class="field-error" id="channel-error">{{MESSAGE}}</p>{{/E_channel}}
    </div>
    <div class="field">
      <label class="form-label" for="signed_by">{{T_consent_signed_by}}</label>
      <input class="form-control" id="signed_by" name="signed_by" value="{{F_signed_by}}" required maxlength="200" autocomplete="off" autocapitalize="words" aria-describedby="signed_by-hint{{#E_signed_by}} signed_by-error{{/E_signed_by}}"{{#E_signed_by}} aria-invalid="true"{{/E_signed_by}}>
      <p class="hint" id="signed_by-hint">{{T_consent_signed_by_hint}}</p>
      {{#E_signed_by}}<p class="field-error" id="signed_by-error">{{MESSAGE}}</p>{{/E_signed_by}}
    </div>
    <div class="field">
      <div class="check">
        <input type="checkbox" id="granted" name="granted" value="1" required{{#C_granted}} checked{{/C_granted}}{{#E_granted}} aria-invalid="true" aria-describedby="granted-error"{{/E_granted}}>
        <label for="granted">{{T_consent_granted_check}}</label>
      </div>
      {{#E_granted}}<p class="field-error" id="granted-error">{{MESSAGE}}</p>{{/E_granted}}
    </div>
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CLIENT_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
