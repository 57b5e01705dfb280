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
  <p class="lead">{{T_consent_revoke_lead}}</p>
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <dl class="facts">
      <div><dt>{{T_consent_purpose}}</dt><dd>{{PURPOSE_LABEL}}</dd></div>
      <div><dt>{{T_consent_granted}}</dt><dd>{{GRANTED}} · {{CHANNEL_LABEL}}</dd></div>
      <div><dt>{{T_consent_text}}</dt><dd>{{TEXT_VERSION}}</dd></div>
      <div><dt>{{T_consent_signed_by}}</dt><dd class="part-name">{{NAME}}</dd></div>
    </dl>
    {{#ALL_FIELDS}}
    <div class="field">
      <label class="form-label" for="channel">{{T_consent_revoke_channel}}</label>
      <select class="form-control" id="channel" name="channel" required{{#E_channel}} aria-invalid="true" aria-describedby="channel-error"{{/E_channel}}>
        {{#O_channel}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_channel}}
      </select>
      {{#E_channel}}<p class="field-error" id="channel-error">{{MESSAGE}}</p>{{/E_channel}}
    </div>
    {{/ALL_FIELDS}}
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CLIENT_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
