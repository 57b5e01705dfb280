{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_second_title}}</h1>
  <p class="lead">{{T_second_lead}}</p>
  {{#REQUIRED}}<div class="notice"><p>{{T_second_required}}</p></div>{{/REQUIRED}}
  <div class="panel">
    {{#NO_PASSWORD}}<p>{{T_second_no_password}}</p>{{/NO_PASSWORD}}
    {{#IS_OFF}}
    <p>{{T_second_off_not_on}}</p>
    <p class="actions">
      <a class="btn btn-primary" href="/cuenta/dos-pasos/activar/">{{T_second_setup_button}}</a>
      <a class="btn btn-quiet" href="/cuenta/">{{T_account_back}}</a>
    </p>
    {{/IS_OFF}}
    {{#IS_ON}}
    <dl class="facts">
      <div><dt>{{T_second_since}}</dt><dd>{{SINCE}}</dd></div>
      <div><dt>{{T_second_left}}</dt><dd>{{LEFT}}</dd></div>
    </dl>
    <p class="actions">
      <a class="btn btn-primary" href="/cuenta/dos-pasos/codigos/">{{T_second_codes_title}}</a>
      <a class="btn btn-quiet" href="/cuenta/dos-pasos/desactivar/">{{T_second_off_title}}</a>
      <a class="btn btn-quiet" href="/cuenta/">{{T_account_back}}</a>
    </p>
    {{/IS_ON}}
  </div>
</section>
