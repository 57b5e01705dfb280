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
  {{! Answer 409: F_version is already the new one, so sending again overwrites on purpose. }}
  {{#CONFLICT}}
  <div class="notice notice-warn" role="alert" tabindex="-1" data-focus>
    <p>{{T_part_conflict}}</p>
    <dl class="facts">
      {{#CONFLICT_FIELD}}
      <div><dt>{{LABEL}}</dt><dd>{{T_client_conflict_saved}}: {{SAVED}}<br>{{T_client_conflict_yours}}: {{YOURS}}</dd></div>
      {{/CONFLICT_FIELD}}
    </dl>
  </div>
  {{/CONFLICT}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{F_version}}">
    <div class="field">
      <label class="form-label" for="name">{{T_client_name}}</label>
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="off" autocapitalize="words"{{#E_name}} aria-invalid="true" aria-describedby="name-error"{{/E_name}}>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    <div class="field">
      <label class="form-label" for="position">{{T_part_role}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="position" name="position" value="{{F_position}}" maxlength="100" autocomplete="off" aria-describedby="position-hint{{#E_position}} position-error{{/E_position}}"{{#E_position}} aria-invalid="true"{{/E_position}}>
      <p class="hint" id="position-hint">{{T_part_role_hint}}</p>
      {{#E_position}}<p class="field-error" id="position-error">{{MESSAGE}}</p>{{/E_position}}
    </div>
    <div class="field">
      <label class="form-label" for="email">{{T_client_email}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" type="email" id="email" name="email" value="{{F_email}}" maxlength="254" autocomplete="off" autocapitalize="none" spellcheck="false"{{#E_email}} aria-invalid="true" aria-describedby="email-error"{{/E_email}}>
      {{#E_email}}<p class="field-error" id="email-error">{{MESSAGE}}</p>{{/E_email}}
    </div>
    <div class="field">
      <label class="form-label" for="phone">{{T_client_phone}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" type="tel" id="phone" name="phone" value="{{F_phone}}" maxlength="30" autocomplete="off" aria-describedby="phone-hint{{#E_phone}} phone-error{{/E_phone}}"{{#E_phone}} aria-invalid="true"{{/E_phone}}>
      <p class="hint" id="phone-hint">{{T_client_phone_hint}}</p>
      {{#E_phone}}<p class="field-error" id="phone-error">{{MESSAGE}}</p>{{/E_phone}}
    </div>
    <div class="field">
      <div class="check">
        <input type="checkbox" id="is_primary" name="is_primary" value="1" aria-describedby="is_primary-hint"{{#C_is_primary}} checked{{/C_is_primary}}>
        <label for="is_primary">{{T_part_is_primary}}</label>
      </div>
      <p class="hint" id="is_primary-hint">{{T_part_is_primary_hint}}</p>
    </div>
    <div class="field">
      <div class="check">
        <input type="checkbox" id="gets_reports" name="gets_reports" value="1"{{#C_gets_reports}} checked{{/C_gets_reports}}>
        <label for="gets_reports">{{T_part_gets_reports}}</label>
      </div>
    </div>
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CLIENT_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
