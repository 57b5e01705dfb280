{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="{{CLIENT_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{CLIENT_NAME}}</a></p>
<h1>{{T_client_merge}}</h1>
<p class="lead">{{T_client_merge_lead}}</p>
{{#FORM_NOTICE}}<div class="notice notice-warn" role="alert" tabindex="-1" data-focus><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
{{#CHOOSE}}
<form method="get" action="{{MERGE_HREF}}" role="search">
  <label class="form-label" for="q">{{T_client_merge_search}}</label>
  <div class="search">
    <input class="form-control" type="search" id="q" name="q" value="{{Q}}" maxlength="100" placeholder="{{T_client_search_hint}}" autocomplete="off">
    <button class="btn btn-primary" type="submit">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
      {{T_client_search_button}}
    </button>
  </div>
</form>
{{#CANDIDATES}}
<h2>{{LIST_TITLE}}</h2>
<table class="list">
  <caption class="visually-hidden">{{LIST_TITLE}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_name}}</th>
      <th scope="col">{{T_client_code}}</th>
      <th scope="col">{{T_client_document}}</th>
      <th scope="col">{{T_client_email}}</th>
      <th scope="col">{{T_client_phone}}</th>
      <th scope="col">{{T_client_city}}</th>
    </tr>
  </thead>
  <tbody>
    {{#CANDIDATE}}
    <tr>
      <th scope="row"><a href="{{CANDIDATE_HREF}}">{{NAME}}</a></th>
      <td data-label="{{T_client_code}}">{{CODE}}</td>
      <td data-label="{{T_client_document}}">{{DOCUMENT}}</td>
      <td data-label="{{T_client_email}}">{{EMAIL}}</td>
      <td data-label="{{T_client_phone}}">{{PHONE}}</td>
      <td data-label="{{T_client_city}}">{{CITY}}</td>
    </tr>
    {{/CANDIDATE}}
  </tbody>
</table>
{{/CANDIDATES}}
{{#NO_CANDIDATE}}<p class="muted">{{T_client_merge_none}}</p>{{/NO_CANDIDATE}}
{{/CHOOSE}}
{{#COMPARE}}
<form class="panel" method="post" action="{{MERGE_HREF}}">
  <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
  <input type="hidden" name="con" value="{{OTHER_ID}}">
  <input type="hidden" name="stays_version" value="{{STAYS_VERSION}}">
  <input type="hidden" name="goes_version" value="{{GOES_VERSION}}">
  <div class="sides">
    {{#WHO}}<p><span class="eyebrow">{{LABEL}} · {{CODE}}</span><br><a href="{{CLIENT_HREF}}">{{NAME}}</a><br><span class="muted">{{T_client_created}} {{CREATED}}</span></p>{{/WHO}}
  </div>
  <h2>{{T_client_merge_choose}}</h2>
  {{#DIFFERENT}}
  <fieldset class="field">
    <legend class="form-label">{{LABEL}}</legend>
    <div class="sides">
      {{#SIDE}}<label class="check"><input type="radio" name="{{FIELD}}" value="{{SIDE_VALUE}}"{{#CHECKED}} checked{{/CHECKED}}> <span class="lines">{{VALUE}}</span></label>{{/SIDE}}
    </div>
  </fieldset>
  {{/DIFFERENT}}
  <h2>{{T_client_merge_same}}</h2>
  <dl class="facts">
    {{#SAME}}<div><dt>{{LABEL}}</dt><dd class="lines">{{VALUE}}</dd></div>{{/SAME}}
  </dl>
  <h2>{{T_client_merge_moves}}</h2>
  <dl class="facts">
    {{#MOVES}}<div><dt>{{LABEL}}</dt><dd>{{COUNT}}</dd></div>{{/MOVES}}
  </dl>
  <p class="actions">
    <button class="btn btn-primary" type="submit">{{T_client_merge_button}}</button>
    <a class="btn btn-quiet" href="{{MERGE_HREF}}">{{T_client_merge_other}}</a>
  </p>
</form>
{{/COMPARE}}
