{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <p><a class="back" href="{{CLIENT_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{CLIENT_NAME}}</a></p>
  <h1>{{T_client_files_add}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" enctype="multipart/form-data" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <div class="field">
      <label class="form-label" for="files">{{T_client_files}}</label>
      <input class="form-control" type="file" id="files" name="files" accept="{{F_files}}" multiple required aria-describedby="files-hint{{#E_files}} files-error{{/E_files}}"{{#E_files}} aria-invalid="true"{{/E_files}}>
      <p class="hint" id="files-hint">{{T_client_files_hint}} {{MAX_SIZE}}. {{T_client_files_shared}}</p>
      {{#E_files}}<p class="field-error" id="files-error">{{MESSAGE}}</p>{{/E_files}}
    </div>
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{T_client_files_send}}</button>
      <a class="btn btn-quiet" href="{{CLIENT_HREF}}">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
