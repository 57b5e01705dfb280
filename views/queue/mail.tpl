{{%AUTOESCAPE context="HTML"}}
<h1>{{T_queue_mail_title}}</h1>
<p class="lead">{{T_queue_mail_lead}} <a href="/admin/trabajos/">{{T_queue_jobs_link}}</a>{{#CAN_BACKUP}} · <a href="/admin/respaldos/">{{T_backup_title}}</a>{{/CAN_BACKUP}}</p>
{{#OFF}}<div class="notice notice-warn"><p>{{T_queue_off}}</p></div>{{/OFF}}
<dl class="facts panel">
  <div><dt>{{T_queue_waiting}}</dt><dd>{{QUEUED_N}}</dd></div>
  {{#OLDEST}}<div><dt>{{T_queue_oldest}}</dt><dd>{{SINCE}}</dd></div>{{/OLDEST}}
  <div><dt>{{T_queue_given_up}}</dt><dd>{{DEAD_N}}</dd></div>
</dl>
<ul class="chips" aria-label="{{T_queue_filter}}">
  {{#CHIP}}<li><a class="chip" href="{{CHIP_HREF}}"{{#CURRENT}} aria-current="true"{{/CURRENT}}>{{LABEL}}</a></li>{{/CHIP}}
</ul>
{{#ROWS}}
<table class="list">
  <caption class="visually-hidden">{{T_queue_mail_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_queue_subject}}</th>
      <th scope="col">{{T_queue_to}}</th>
      <th scope="col">{{T_queue_state}}</th>
      <th scope="col">{{T_queue_created}}</th>
      <th scope="col">{{T_queue_error}}</th>
    </tr>
  </thead>
  <tbody>
    {{! A cell without a value must stay empty: on phones it is not shown. }}
    {{#MAIL}}
    <tr>
      <th scope="row">{{SUBJECT}}</th>
      <td data-label="{{T_queue_to}}">{{TO_ADDR}}</td>
      <td data-label="{{T_queue_state}}">{{STATE_LABEL}} {{SENT}}</td>
      <td data-label="{{T_queue_created}}">{{CREATED}}</td>
      <td data-label="{{T_queue_error}}">{{#TRIED}}{{LAST_ERROR}} ({{T_queue_attempts}}: {{ATTEMPTS}}){{#CAN_RETRY}}<form class="again" method="post" action="{{RETRY_HREF}}"><input type="hidden" name="csrf" value="{{CSRF_TOKEN}}"><button class="btn btn-quiet" type="submit">{{T_queue_retry}} <span class="visually-hidden">{{SUBJECT}}</span></button></form>{{/CAN_RETRY}}{{/TRIED}}</td>
    </tr>
    {{/MAIL}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg>
  <h2>{{T_queue_empty}}</h2>
  <p>{{T_queue_empty_text}}</p>
</div>
{{/EMPTY}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_queue_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_queue_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_queue_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
