{{%AUTOESCAPE context="HTML"}}
<h1>{{T_operation_title}}</h1>
<p class="lead">{{T_operation_lead}}</p>
<nav class="related" aria-label="{{T_operation_more}}">
  <ul>
    <li><a href="/admin/trabajos/">{{T_jobs_title}}</a></li>
    <li><a href="/admin/correo/">{{T_queue_mail_title}}</a></li>
    <li><a href="/admin/respaldos/">{{T_backup_title}}</a></li>
    <li><a href="/admin/auditoria/">{{T_audit_title}}</a></li>
  </ul>
</nav>
{{#GOOD}}<div class="notice notice-ok"><p>{{T_operation_ok}} {{T_operation_up}} {{UPTIME}}.</p></div>{{/GOOD}}
{{#DEGRADED}}<div class="notice notice-warn"><p>{{T_operation_degraded}} {{T_operation_up}} {{UPTIME}}.</p></div>{{/DEGRADED}}
{{#DOWN}}<div class="notice notice-bad"><p>{{T_operation_down}} {{T_operation_up}} {{UPTIME}}.</p></div>{{/DOWN}}
{{#SILENT}}<div class="notice notice-warn"><p>{{T_operation_silent}}</p></div>{{/SILENT}}
{{#POOLS}}
<section class="overview" aria-labelledby="pools">
  <h2 id="pools">{{T_operation_pools}}</h2>
  <table class="list">
    <caption class="visually-hidden">{{T_operation_pools}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_operation_pool}}</th>
        <th scope="col">{{T_operation_ready}}</th>
        <th scope="col">{{T_operation_busy}}</th>
        <th scope="col">{{T_operation_queued}}</th>
        <th scope="col">{{T_operation_requests}}</th>
        <th scope="col">{{T_operation_refused}}</th>
        <th scope="col">{{T_operation_deaths}}</th>
        <th scope="col">{{T_operation_error}}</th>
      </tr>
    </thead>
    <tbody>
      {{! A cell without a value must stay empty: on phones it is not shown. }}
      {{#POOL}}
      <tr>
        <th scope="row">{{NAME}}</th>
        <td data-label="{{T_operation_ready}}">{{READY}} {{T_operation_of}} {{WANTED}}</td>
        <td data-label="{{T_operation_busy}}">{{BUSY}}</td>
        <td data-label="{{T_operation_queued}}">{{QUEUED}}</td>
        <td data-label="{{T_operation_requests}}">{{REQUESTS}}</td>
        <td data-label="{{T_operation_refused}}">{{REFUSED}}</td>
        <td data-label="{{T_operation_deaths}}">{{DEATHS}}</td>
        <td data-label="{{T_operation_error}}">{{LAST_ERROR}}</td>
      </tr>
      {{/POOL}}
    </tbody>
  </table>
</section>
{{/POOLS}}
{{#NOW}}
<section class="overview" aria-labelledby="now">
  <h2 id="now">{{T_operation_now}}</h2>
  <table class="list">
    <caption class="visually-hidden">{{T_operation_now}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_operation_request}}</th>
        <th scope="col">{{T_operation_age}}</th>
        <th scope="col">{{T_operation_phase}}</th>
      </tr>
    </thead>
    <tbody>
      {{#WORK}}
      <tr>
        <th scope="row">{{METHOD}} {{PATH}}</th>
        <td data-label="{{T_operation_age}}">{{AGE}}</td>
        <td data-label="{{T_operation_phase}}">{{PHASE}}</td>
      </tr>
      {{/WORK}}
    </tbody>
  </table>
</section>
{{/NOW}}
<section class="overview" aria-labelledby="background">
  <h2 id="background">{{T_operation_background}}</h2>
  <dl class="facts panel">
    <div><dt>{{T_operation_jobs_ready}}</dt><dd>{{JOBS_READY}}</dd></div>
    <div><dt>{{T_operation_jobs_running}}</dt><dd>{{JOBS_RUNNING}}</dd></div>
    <div><dt>{{T_operation_jobs_dead}}</dt><dd>{{JOBS_DEAD}}</dd></div>
    <div><dt>{{T_operation_mail_queued}}</dt><dd>{{MAIL_QUEUED}}</dd></div>
    {{#OLDEST}}<div><dt>{{T_operation_mail_oldest}}</dt><dd>{{SINCE}}</dd></div>{{/OLDEST}}
    <div><dt>{{T_operation_mail_dead}}</dt><dd>{{MAIL_DEAD}}</dd></div>
  </dl>
</section>
<section class="overview" aria-labelledby="storage">
  <h2 id="storage">{{T_operation_storage}}</h2>
  <dl class="facts panel">
    <div><dt>{{T_operation_database}}</dt><dd>{{DATABASE}}</dd></div>
    <div><dt>{{T_backup_last}}</dt><dd>{{LAST}}</dd></div>
    <div><dt>{{T_backup_last_test}}</dt><dd>{{LAST_TEST}}</dd></div>
    <div><dt>{{T_operation_free}}</dt><dd>{{FREE}}</dd></div>
  </dl>
</section>
{{#ROUTES}}
<section class="overview" aria-labelledby="routes">
  <h2 id="routes">{{T_operation_routes}}</h2>
  <p class="muted">{{T_operation_routes_lead}}</p>
  <table class="list">
    <caption class="visually-hidden">{{T_operation_routes}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_operation_route}}</th>
        <th scope="col">{{T_operation_requests}}</th>
        <th scope="col">{{T_operation_median}}</th>
        <th scope="col">{{T_operation_p99}}</th>
      </tr>
    </thead>
    <tbody>
      {{#ROUTE}}
      <tr>
        <th scope="row">{{NAME}}</th>
        <td data-label="{{T_operation_requests}}">{{REQUESTS}}</td>
        <td data-label="{{T_operation_median}}">{{MEDIAN}}</td>
        <td data-label="{{T_operation_p99}}">{{P99}}</td>
      </tr>
      {{/ROUTE}}
    </tbody>
  </table>
</section>
{{/ROUTES}}
