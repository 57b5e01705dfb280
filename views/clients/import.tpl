{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <p><a class="back" href="/clientes/"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_client_back}}</a></p>
  <h1>{{T_client_import_title}}</h1>
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
      <label class="form-label" for="file">{{T_client_import_file}}</label>
      <input class="form-control" type="file" id="file" name="file" accept="{{F_file}}" required aria-describedby="file-hint{{#E_file}} file-error{{/E_file}}"{{#E_file}} aria-invalid="true"{{/E_file}}>
      <p class="hint" id="file-hint">{{T_client_import_hint}} {{MAX_ROWS}} {{T_client_import_hint_lines}} {{MAX_SIZE}}.</p>
      {{#E_file}}
      <div id="file-error">
        <p class="field-error">{{MESSAGE}}</p>
        {{#BAD_HEAD}}<p class="field-error">{{LABEL}}: {{VALUE}}</p>{{/BAD_HEAD}}
      </div>
      {{/E_file}}
    </div>
    <p class="hint">{{T_client_import_next}}</p>
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{T_client_import_send}}</button>
      <a class="btn btn-quiet" href="/clientes/importar/plantilla/" download>{{T_client_import_template}}</a>
    </p>
  </form>
</section>
<h2>{{T_client_import_columns}}</h2>
<p>{{T_client_import_columns_text}}</p>
<table class="list">
  <caption class="visually-hidden">{{T_client_import_columns}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_import_column}}</th>
      <th scope="col">{{T_client_import_column_en}}</th>
      <th scope="col">{{T_client_import_takes}}</th>
    </tr>
  </thead>
  <tbody>
    {{#COLUMN}}
    <tr>
      <th scope="row">{{LABEL}}{{#REQUIRED}} <span class="muted">{{T_client_import_required}}</span>{{/REQUIRED}}</th>
      <td data-label="{{T_client_import_column_en}}">{{LABEL_EN}}</td>
      <td data-label="{{T_client_import_takes}}">{{#CHOICES}}{{VALUE}}{{/CHOICES}}{{#IS_DOCUMENT}}{{T_client_import_document}}{{/IS_DOCUMENT}}</td>
    </tr>
    {{/COLUMN}}
  </tbody>
</table>
{{#ROWS}}
<h2>{{T_client_import_list}}</h2>
<table class="list list-imports">
  <caption class="visually-hidden">{{T_client_import_list}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_file}}</th>
      <th scope="col">{{T_client_import_state}}</th>
      <th scope="col">{{T_client_import_imported}}</th>
      <th scope="col">{{T_client_import_bad}}</th>
      <th scope="col">{{T_client_file_added}}</th>
      <th scope="col">{{T_client_file_by}}</th>
    </tr>
  </thead>
  <tbody>
    {{#IMPORT}}
    <tr>
      <th scope="row"><a class="file-name" href="{{HREF}}">{{NAME}}</a></th>
      <td data-label="{{T_client_import_state}}">{{STATE_LABEL}}</td>
      <td data-label="{{T_client_import_imported}}">{{DONE}}</td>
      <td data-label="{{T_client_import_bad}}">{{BAD}}</td>
      <td data-label="{{T_client_file_added}}">{{ADDED}}</td>
      <td data-label="{{T_client_file_by}}">{{BY}}</td>
    </tr>
    {{/IMPORT}}
  </tbody>
</table>
{{/ROWS}}
