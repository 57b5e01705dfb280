{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="/clientes/importar/"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_client_import_back}}</a></p>
<div class="heading">
  <h1>{{T_client_import_title}}</h1>
</div>
{{#PROGRESS}}
<div class="notice" role="status">
  <p><strong>{{LABEL}}</strong> · {{DONE_N}}{{#OF_TOTAL}} {{T_client_import_of}} {{TOTAL_N}}{{/OF_TOTAL}} {{T_client_import_lines_word}}</p>
  <progress max="100" value="{{PERCENT}}" aria-label="{{LABEL}}">{{PERCENT}} %</progress>
  <p class="hint">{{T_client_import_wait}}</p>
</div>
{{/PROGRESS}}
{{#DONE}}<div class="notice notice-ok" role="status"><p>{{T_client_import_done_text}}: {{DONE_N}}. <a href="/clientes/?orden=nuevos">{{T_client_import_see}}</a></p></div>{{/DONE}}
{{#FAILED}}<div class="notice notice-bad" role="alert"><p>{{MESSAGE}}</p></div>{{/FAILED}}
<div class="panel">
  <dl class="facts">
    <div><dt>{{T_client_file}}</dt><dd>{{NAME}}</dd></div>
    <div><dt>{{T_client_import_state}}</dt><dd>{{STATE_LABEL}}</dd></div>
    <div><dt>{{T_client_file_added}}</dt><dd>{{ADDED}}</dd></div>
    <div><dt>{{T_client_file_by}}</dt><dd>{{BY}}</dd></div>
    {{#COUNTED}}
    <div><dt>{{T_client_import_lines}}</dt><dd>{{LINES_N}}</dd></div>
    <div><dt>{{T_client_import_good}}</dt><dd>{{GOOD_N}}</dd></div>
    <div><dt>{{T_client_import_bad}}</dt><dd>{{BAD_N}}</dd></div>
    <div><dt>{{T_client_import_alike}}</dt><dd>{{ALIKE_N}}</dd></div>
    {{/COUNTED}}
  </dl>
  {{#CAN_START}}
  <form method="post" action="{{START_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{VERSION}}">
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_client_import_go}} {{COUNT}} {{CLIENTS_WORD}}</button></p>
  </form>
  {{/CAN_START}}
  {{#CAN_CANCEL}}
  <form method="post" action="{{CANCEL_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{VERSION}}">
    <p class="actions"><button class="btn btn-quiet" type="submit">{{T_client_import_cancel}}</button></p>
  </form>
  {{/CAN_CANCEL}}
</div>
{{#PREVIEW}}
<h2>{{T_client_import_preview}}</h2>
<table class="list list-preview">
  <caption class="visually-hidden">{{T_client_import_preview}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_name}}</th>
      <th scope="col">{{T_client_document}}</th>
      <th scope="col">{{T_client_kind}}</th>
      <th scope="col">{{T_client_service}}</th>
      <th scope="col">{{T_client_email}}</th>
      <th scope="col">{{T_client_phone}}</th>
      <th scope="col">{{T_client_address}}</th>
    </tr>
  </thead>
  <tbody>
    {{#PREVIEW_ROW}}
    <tr>
      <th scope="row">{{NAME}} <span class="muted">{{COMPANY}}</span></th>
      <td data-label="{{T_client_document}}">{{DOCUMENT}}</td>
      <td data-label="{{T_client_kind}}">{{KIND_LABEL}}</td>
      <td data-label="{{T_client_service}}">{{SERVICE_LABEL}}</td>
      <td data-label="{{T_client_email}}">{{EMAIL}}</td>
      <td data-label="{{T_client_phone}}">{{PHONE}}{{#WHATSAPP_OK}} <span class="muted">{{T_client_whatsapp_ok}}</span>{{/WHATSAPP_OK}}</td>
      <td data-label="{{T_client_address}}"><span>{{ADDRESS}} <span class="muted">{{CITY}} {{PLACE}}</span></span></td>
    </tr>
    {{/PREVIEW_ROW}}
  </tbody>
</table>
{{/PREVIEW}}
{{#PROBLEMS}}
<h2>{{LABEL}}</h2>
<div class="list-bar"><p class="muted">{{#BAD}}{{T_client_import_problems_text}} {{/BAD}}{{#LOOK_ALIKE}}{{T_client_import_warnings_text}}{{/LOOK_ALIKE}}</p><a href="{{REPORT_HREF}}" download>{{T_client_import_report}}</a></div>
<table class="list">
  <caption class="visually-hidden">{{LABEL}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_import_line}}</th>
      <th scope="col">{{T_client_import_field}}</th>
      <th scope="col">{{T_client_import_problem}}</th>
    </tr>
  </thead>
  <tbody>
    {{#PROBLEM}}
    <tr>
      <th scope="row"><span class="visually-hidden">{{T_client_import_line}} </span>{{LINE}}</th>
      <td data-label="{{T_client_import_field}}">{{LABEL}}</td>
      <td data-label="{{T_client_import_problem}}"><span>{{MESSAGE}}{{#ABOUT_CLIENT}} <a href="{{HREF}}">{{CODE}}</a>{{/ABOUT_CLIENT}}</span></td>
    </tr>
    {{/PROBLEM}}
  </tbody>
</table>
{{#PAGER}}
<nav class="pager" aria-label="{{T_client_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_client_page_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_client_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
{{/PROBLEMS}}
