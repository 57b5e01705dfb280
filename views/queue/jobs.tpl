{{%AUTOESCAPE context="HTML"}}
<h1>{{T_jobs_title}}</h1>
<p class="lead">{{T_jobs_lead}} <a href="/admin/correo/">{{T_jobs_mail_link}}</a>{{#CAN_BACKUP}} · <a href="/admin/respaldos/">{{T_backup_title}}</a>{{/CAN_BACKUP}}</p>
{{#ROWS}}
<table class="list">
  <caption class="visually-hidden">{{T_jobs_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_jobs_kind}}</th>
      <th scope="col">{{T_jobs_state}}</th>
      <th scope="col">{{T_jobs_progress}}</th>
      <th scope="col">{{T_jobs_attempts}}</th>
      <th scope="col">{{T_jobs_created}}</th>
      <th scope="col">{{T_jobs_error}}</th>
    </tr>
  </thead>
  <tbody>
    {{! A cell without a value must stay empty: on phones it is not shown. }}
    {{#JOB}}
    <tr>
      <th scope="row">{{KIND}} {{ID}}</th>
      <td data-label="{{T_jobs_state}}">{{STATE_LABEL}}{{#CAN_RETRY}}<form class="again" method="post" action="{{RETRY_HREF}}"><input type="hidden" name="csrf" value="{{CSRF_TOKEN}}"><button class="btn btn-quiet" type="submit">{{T_jobs_retry}} <span class="visually-hidden">{{KIND}} {{ID}}</span></button></form>{{/CAN_RETRY}}</td>
      <td data-label="{{T_jobs_progress}}">{{PROGRESS}}</td>
      <td data-label="{{T_jobs_attempts}}">{{ATTEMPTS}}</td>
      <td data-label="{{T_jobs_created}}">{{CREATED}}</td>
      <td data-label="{{T_jobs_error}}">{{LAST_ERROR}}</td>
    </tr>
    {{/JOB}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#undo"></use></svg>
  <h2>{{T_jobs_empty}}</h2>
  <p>{{T_jobs_empty_text}}</p>
</div>
{{/EMPTY}}
