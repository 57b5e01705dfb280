{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="/clientes/"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_client_back}}</a></p>
<div class="heading">
  <div>
    <p class="eyebrow">{{CODE}} · {{KIND_LABEL}} · {{SERVICE_LABEL}}</p>
    <h1>{{NAME}}</h1>
  </div>
  {{#CAN_EDIT}}
  <div class="actions">
    <a class="btn btn-primary" href="{{EDIT_HREF}}">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#edit"></use></svg>
      {{T_client_edit}}
    </a>
    {{#CAN_ARCHIVE}}
    <form method="post" action="{{ARCHIVE_HREF}}">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <input type="hidden" name="version" value="{{VERSION}}">
      <button class="btn btn-quiet" type="submit">
        <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#archive"></use></svg>
        {{T_client_archive}}
      </button>
    </form>
    {{/CAN_ARCHIVE}}
    {{#CAN_MERGE}}<a class="btn btn-quiet" href="{{MERGE_HREF}}">{{T_client_merge}}</a>{{/CAN_MERGE}}
  </div>
  {{/CAN_EDIT}}
</div>
{{#ARCHIVED}}
<div class="notice notice-warn">
  <p>{{T_client_is_archived}}</p>
  {{#CAN_RESTORE}}
  <form method="post" action="{{RESTORE_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{VERSION}}">
    <button class="btn btn-quiet" type="submit">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#undo"></use></svg>
      {{T_client_restore}}
    </button>
  </form>
  {{/CAN_RESTORE}}
</div>
{{/ARCHIVED}}
{{#CONTACT}}
<p class="actions contact">
  {{#HAS_PHONE}}<a class="btn btn-quiet" href="tel:{{PHONE_TEL}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#phone"></use></svg> {{T_client_call}}</a>{{/HAS_PHONE}}
  {{#HAS_WHATSAPP}}<a class="btn btn-quiet" href="{{WHATSAPP_HREF}}" rel="noreferrer"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#chat"></use></svg> {{T_client_whatsapp}}</a>{{/HAS_WHATSAPP}}
  {{#HAS_EMAIL}}<a class="btn btn-quiet" href="mailto:{{EMAIL}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg> {{T_client_write}}</a>{{/HAS_EMAIL}}
</p>
{{/CONTACT}}
{{#NO_CONSENT}}<p class="muted">{{T_client_whatsapp_consent}}</p>{{/NO_CONSENT}}
<div class="panel">
  <dl class="facts">
    <div><dt>{{T_client_document}}</dt><dd>{{DOCUMENT}}</dd></div>
    <div><dt>{{T_client_company}}</dt><dd>{{COMPANY}}</dd></div>
    <div><dt>{{T_client_email}}</dt><dd>{{EMAIL}}</dd></div>
    <div><dt>{{T_client_phone}}</dt><dd>{{PHONE}}</dd></div>
    {{#MOBILE}}<div><dt>{{T_client_whatsapp_ok}}</dt><dd>{{WHATSAPP_LABEL}}</dd></div>{{/MOBILE}}
    <div><dt>{{T_client_address}}</dt><dd>{{ADDRESS}}</dd></div>
    <div><dt>{{T_client_city}}</dt><dd>{{CITY}}</dd></div>
    <div><dt>{{T_client_dane}}</dt><dd>{{PLACE}}</dd></div>
    <div><dt>{{T_client_notes}}</dt><dd class="lines">{{NOTES:p}}</dd></div>
  </dl>
</div>
{{#NIT_FULL}}<p class="muted">{{T_client_nit_full}} {{NIT}}</p>{{/NIT_FULL}}
{{#NIT_OR}}<p class="muted">{{T_client_nit_or}} {{NIT}}</p>{{/NIT_OR}}
{{>PARTS}}
<section class="attachments" aria-labelledby="files-title">
  <h2 id="files-title">{{T_client_files}}</h2>
  {{>FILE_LIST}}
  {{#NO_FILES}}<p class="muted">{{T_client_files_none}}</p>{{/NO_FILES}}
  <p><a href="{{FILES_HREF}}">{{T_client_files_all}}</a></p>
  {{#CAN_UPLOAD}}
  <form class="panel" method="post" action="{{UPLOAD_HREF}}" enctype="multipart/form-data">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <div class="field">
      <label class="form-label" for="files">{{T_client_files_add}}</label>
      <input class="form-control" type="file" id="files" name="files" accept="{{F_files}}" multiple required aria-describedby="files-hint">
      <p class="hint" id="files-hint">{{T_client_files_hint}} {{MAX_SIZE}}. {{T_client_files_shared}}</p>
    </div>
    <p class="actions"><button class="btn btn-primary" type="submit">{{T_client_files_send}}</button></p>
  </form>
  {{/CAN_UPLOAD}}
</section>
<p class="muted">{{T_client_created}} {{CREATED}} · {{T_client_updated}} {{UPDATED}}{{#CAN_SEE_HISTORY}} · <a href="{{HISTORY_HREF}}">{{T_audit_history_title}}</a>{{/CAN_SEE_HISTORY}}</p>
