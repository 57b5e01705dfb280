{{%AUTOESCAPE context="HTML"}}
<div class="heading">
  <h1>{{T_user_list_title}}</h1>
  {{#CAN_CREATE}}
  <a class="btn btn-primary" href="/admin/usuarios/nuevo/">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg>
    {{T_user_new_title}}
  </a>
  {{/CAN_CREATE}}
</div>
<form class="search" method="get" action="/admin/usuarios/" role="search">
  <label class="visually-hidden" for="q">{{T_user_search}}</label>
  <input class="form-control" type="search" id="q" name="q" value="{{Q}}" maxlength="100" placeholder="{{T_user_search_hint}}" autocomplete="off" aria-keyshortcuts="/">
  <button class="btn btn-primary" type="submit">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
    {{T_user_search_button}}
  </button>
</form>
{{#ROWS}}
<div class="list-bar">
  <p class="muted">{{T_user_count}}: {{COUNT}}{{#MORE}} {{T_user_count_more}}{{/MORE}}</p>
</div>
<table class="list">
  <caption class="visually-hidden">{{T_user_list_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_user_name}}</th>
      <th scope="col">{{T_user_email}}</th>
      <th scope="col">{{T_user_role}}</th>
      <th scope="col">{{T_user_status}}</th>
      <th scope="col">{{T_totp_column}}</th>
      <th scope="col">{{T_user_last_login}}</th>
    </tr>
  </thead>
  <tbody>
    {{! A cell without a value must stay empty: on phones it is not shown. }}
    {{#ACCOUNT}}
    <tr>
      <th scope="row"><a href="/admin/usuarios/{{ID}}/">{{NAME}}</a></th>
      <td data-label="{{T_user_email}}">{{EMAIL}}</td>
      <td data-label="{{T_user_role}}">{{ROLE_LABEL}}</td>
      <td data-label="{{T_user_status}}">{{STATUS_LABEL}}</td>
      <td data-label="{{T_totp_column}}">{{TOTP}}</td>
      <td data-label="{{T_user_last_login}}">{{LAST_LOGIN}}</td>
    </tr>
    {{/ACCOUNT}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY_SEARCH}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
  <h2>{{T_user_empty_search}} «{{Q}}»</h2>
  <p>{{T_user_empty_search_text}}</p>
  <a class="btn btn-primary" href="/admin/usuarios/">{{T_user_clear_search}}</a>
</div>
{{/EMPTY_SEARCH}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_user_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_user_page_first}}</a>{{/FIRST}}
  {{#PREV}}<a class="btn btn-quiet" rel="prev" href="{{PREV_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_user_page_prev}}</a>{{/PREV}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_user_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
