{{%AUTOESCAPE context="HTML"}}
<div class="heading">
  <h1>{{T_backup_title}}</h1>
  {{#CAN_MAKE}}
  <div class="actions">
    <form method="post" action="/admin/respaldos/crear/">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <button class="btn btn-primary" type="submit">{{T_backup_make}}</button>
    </form>
    <form method="post" action="/admin/respaldos/probar/">
      <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
      <button class="btn btn-quiet" type="submit">{{T_backup_drill}}</button>
    </form>
  </div>
  {{/CAN_MAKE}}
</div>
<p class="lead">{{T_backup_lead}}</p>
{{#OFF}}<div class="notice notice-warn"><p>{{T_backup_off}}</p></div>{{/OFF}}
{{#LATE}}<div class="notice notice-bad"><p>{{T_backup_late}} <a href="/admin/trabajos/">{{T_jobs_title}}</a></p></div>{{/LATE}}
{{#UNTESTED}}<div class="notice notice-warn"><p>{{T_backup_untested}}</p></div>{{/UNTESTED}}
{{#BUSY}}<div class="notice notice-ok" role="status"><p>{{LABEL}}</p></div>{{/BUSY}}
<dl class="facts panel">
  <div><dt>{{T_backup_last}}</dt><dd>{{LAST}}</dd></div>
  <div><dt>{{T_backup_last_test}}</dt><dd>{{LAST_TEST}}</dd></div>
  <div><dt>{{T_backup_elsewhere}}</dt><dd>{{ELSEWHERE}}</dd></div>
  <div><dt>{{T_backup_kept_for}}</dt><dd>{{KEEP_DAYS}}</dd></div>
</dl>
{{#ROWS}}
<h2>{{T_backup_list}}</h2>
<table class="list">
  <caption class="visually-hidden">{{T_backup_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_backup_made_at}}</th>
      <th scope="col">{{T_backup_state}}</th>
      <th scope="col">{{T_backup_age}}</th>
      <th scope="col">{{T_backup_size}}</th>
      <th scope="col">{{T_backup_content}}</th>
      <th scope="col">{{T_backup_place}}</th>
      <th scope="col">{{T_backup_test}}</th>
    </tr>
  </thead>
  <tbody>
    {{! A cell without a value must stay empty: on phones it is not shown. }}
    {{#BACKUP}}
    <tr>
      <th scope="row">{{CREATED}}</th>
      <td data-label="{{T_backup_state}}"><span>{{STATE_LABEL}}{{#HAS_RESULT}}<br><span class="muted">{{RESULT}}</span>{{/HAS_RESULT}}</span></td>
      <td data-label="{{T_backup_age}}">{{AGE}}</td>
      <td data-label="{{T_backup_size}}">{{SIZE}}</td>
      <td data-label="{{T_backup_content}}">{{CONTENT}}</td>
      <td data-label="{{T_backup_place}}">{{PLACE}}</td>
      <td data-label="{{T_backup_test}}">{{TESTED}}</td>
    </tr>
    {{/BACKUP}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#archive"></use></svg>
  <h2>{{T_backup_empty}}</h2>
  {{#CAN_MAKE}}<p>{{T_backup_empty_text}}</p>{{/CAN_MAKE}}
</div>
{{/EMPTY}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_backup_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="/admin/respaldos/">{{T_queue_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_queue_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
