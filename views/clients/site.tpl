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
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="off" aria-describedby="name-hint{{#E_name}} name-error{{/E_name}}"{{#E_name}} aria-invalid="true"{{/E_name}}>
      <p class="hint" id="name-hint">{{T_part_site_name_hint}}</p>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    <div class="field">
      <label class="form-label" for="address">{{T_client_address}}</label>
      <input class="form-control" id="address" name="address" value="{{F_address}}" required maxlength="200" autocomplete="off"{{#E_address}} aria-invalid="true" aria-describedby="address-error"{{/E_address}}>
      {{#E_address}}<p class="field-error" id="address-error">{{MESSAGE}}</p>{{/E_address}}
    </div>
    <div class="field">
      <label class="form-label" for="city">{{T_client_city}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="city" name="city" value="{{F_city}}" maxlength="100" autocomplete="off" autocapitalize="words"{{#E_city}} aria-invalid="true" aria-describedby="city-error"{{/E_city}}>
      {{#E_city}}<p class="field-error" id="city-error">{{MESSAGE}}</p>{{/E_city}}
    </div>
    <div class="field">
      <label class="form-label" for="access_notes">{{T_part_access_notes}} <span class="muted">{{T_form_optional}}</span></label>
      <textarea class="form-control" id="access_notes" name="access_notes" rows="3" maxlength="2000" aria-describedby="access_notes-hint{{#E_access_notes}} access_notes-error{{/E_access_notes}}"{{#E_access_notes}} aria-invalid="true"{{/E_access_notes}}>
{{F_access_notes:p}}</textarea>
      <p class="hint" id="access_notes-hint">{{T_part_access_notes_hint}}</p>
      {{#E_access_notes}}<p class="field-error" id="access_notes-error">{{MESSAGE}}</p>{{/E_access_notes}}
    </div>
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{SUBMIT_LABEL}}</button>
      <a class="btn btn-quiet" href="{{CLIENT_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
