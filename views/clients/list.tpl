{{%AUTOESCAPE context="HTML"}}
<div class="heading">
  <h1>{{LIST_TITLE}}</h1>
  {{#CAN_CREATE}}
  <a class="btn btn-primary" href="{{NEW_HREF}}">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg>
    {{T_client_new_title}}
  </a>
  {{/CAN_CREATE}}
</div>
<form method="get" action="/clientes/" role="search">
  {{#SHOW_ACTIVE}}<input type="hidden" name="archivados" value="1">{{/SHOW_ACTIVE}}
  <div class="search">
  <label class="visually-hidden" for="q">{{T_client_search}}</label>
  <input class="form-control" type="search" id="q" name="q" value="{{Q}}" maxlength="100" placeholder="{{T_client_search_hint}}" autocomplete="off" aria-keyshortcuts="/">
  <button class="btn btn-primary" type="submit">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
    {{T_client_search_button}}
  </button>
  </div>
  <details class="filters"{{#FILTERS_OPEN}} open{{/FILTERS_OPEN}}>
    <summary>{{T_client_filters}}</summary>
    <div class="filter-fields">
      <div class="field">
        <label class="form-label" for="tipo">{{T_client_kind}}</label>
        <select class="form-control" id="tipo" name="tipo">
          <option value="">{{T_client_all}}</option>
          {{#KIND_OPTION}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/KIND_OPTION}}
        </select>
      </div>
      <div class="field">
        <label class="form-label" for="relacion">{{T_client_service}}</label>
        <select class="form-control" id="relacion" name="relacion">
          <option value="">{{T_client_all}}</option>
          {{#SERVICE_OPTION}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/SERVICE_OPTION}}
        </select>
      </div>
      <div class="field">
        <label class="form-label" for="ciudad">{{T_client_city}}</label>
        <input class="form-control" id="ciudad" name="ciudad" value="{{CITY}}" maxlength="100" autocomplete="off">
      </div>
      <div class="field">
        <label class="form-label" for="orden">{{T_client_sort}}</label>
        <select class="form-control" id="orden" name="orden">
          {{#SORT_OPTION}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/SORT_OPTION}}
        </select>
      </div>
    </div>
  </details>
</form>
{{#CHIPS}}
<ul class="chips" aria-label="{{T_client_chips}}">
  {{#CHIP}}<li><a class="chip" href="{{CHIP_HREF}}">{{LABEL}}: {{VALUE}} <span aria-hidden="true">×</span><span class="visually-hidden">{{T_client_chip_remove}}</span></a></li>{{/CHIP}}
</ul>
{{/CHIPS}}
<div class="list-bar">
  {{#COUNTED}}<p class="muted">{{T_client_count}}: {{COUNT}}{{#MORE}} {{T_client_count_more}}{{/MORE}}</p>{{/COUNTED}}
  {{#CAN_EXPORT}}<a href="{{EXPORT_HREF}}" download>{{T_client_export}}</a>{{/CAN_EXPORT}}
  {{#CAN_IMPORT}}<a href="/clientes/importar/">{{T_client_import_link}}</a>{{/CAN_IMPORT}}
  {{#SHOW_ARCHIVED}}<a href="{{ARCHIVED_HREF}}">{{T_client_show_archived}}</a>{{/SHOW_ARCHIVED}}
  {{#SHOW_ACTIVE}}<a href="{{ACTIVE_HREF}}">{{T_client_show_active}}</a>{{/SHOW_ACTIVE}}
</div>
{{#PARTIAL}}<p class="muted">{{T_client_partial}}</p>{{/PARTIAL}}
{{#ROWS}}
<table class="list list-clients">
  <caption class="visually-hidden">{{LIST_TITLE}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_name}}</th>
      <th scope="col">{{T_client_document}}</th>
      <th scope="col">{{T_client_company}}</th>
      <th scope="col">{{T_client_email}}</th>
      <th scope="col">{{T_client_phone}}</th>
      <th scope="col">{{T_client_city}}</th>
      <th scope="col">{{T_client_kind}}</th>
    </tr>
  </thead>
  <tbody>
    {{! A cell without a value must stay empty: on phones it is not shown. }}
    {{#CLIENT}}
    <tr>
      <th scope="row"><a href="/clientes/{{ID}}/">{{NAME}}</a></th>
      <td data-label="{{T_client_document}}">{{DOCUMENT}}</td>
      <td data-label="{{T_client_company}}">{{COMPANY}}</td>
      <td data-label="{{T_client_email}}">{{EMAIL}}</td>
      <td data-label="{{T_client_phone}}">{{#HAS_PHONE}}<a href="tel:{{PHONE_TEL}}">{{PHONE}}</a>{{/HAS_PHONE}}</td>
      <td data-label="{{T_client_city}}">{{CITY}}</td>
      <td data-label="{{T_client_kind}}">{{KIND_LABEL}}</td>
    </tr>
    {{/CLIENT}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#users"></use></svg>
  <h2>{{T_client_empty}}</h2>
  <p>{{T_client_empty_text}}</p>
  {{#CAN_CREATE}}<a class="btn btn-primary" href="{{NEW_HREF}}">{{T_client_empty_action}}</a>{{/CAN_CREATE}}
</div>
{{/EMPTY}}
{{#EMPTY_ARCHIVED}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#archive"></use></svg>
  <h2>{{T_client_empty_archived}}</h2>
  <p>{{T_client_empty_archived_text}}</p>
  <a class="btn btn-primary" href="/clientes/">{{T_client_show_active}}</a>
</div>
{{/EMPTY_ARCHIVED}}
{{#EMPTY_SEARCH}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
  <h2>{{T_client_empty_search}} «{{Q}}»</h2>
  <p>{{T_client_empty_search_text}}</p>
  <a class="btn btn-primary" href="{{CLEAR_HREF}}">{{T_client_clear_search}}</a>
</div>
{{/EMPTY_SEARCH}}
{{#EMPTY_FILTER}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
  <h2>{{T_client_empty_filter}}</h2>
  <p>{{T_client_empty_filter_text}}</p>
  <a class="btn btn-primary" href="{{CLEAR_HREF}}">{{T_client_clear_filters}}</a>
</div>
{{/EMPTY_FILTER}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_client_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_client_page_first}}</a>{{/FIRST}}
  {{#PREV}}<a class="btn btn-quiet" rel="prev" href="{{PREV_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_client_page_prev}}</a>{{/PREV}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_client_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
