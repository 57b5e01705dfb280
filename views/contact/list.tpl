{{%AUTOESCAPE context="HTML"}}
<h1>{{T_contact_list_title}}</h1>
<p class="lead">{{T_contact_list_lead}} <a href="/admin/correo/">{{T_queue_mail_title}}</a></p>
{{#CONTACT_MESSAGE}}
<article class="panel letter">
  <h2>{{NAME}} <span class="muted">· {{SUBJECT_LABEL}}</span></h2>
  <p class="contact">
    <a href="mailto:{{EMAIL}}">{{EMAIL}}</a>
    {{#HAS_PHONE}}<a href="tel:{{PHONE_TEL}}">{{PHONE}}</a>{{/HAS_PHONE}}
  </p>
  <p class="lines">{{MESSAGE:p}}</p>
  <p class="muted">{{T_contact_received}}: {{RECEIVED}} · {{T_contact_language}}: {{LANGUAGE}} · {{T_contact_consented}} ({{T_contact_version}} {{CONSENT_TEXT}})</p>
  {{#IS_ATTENDED}}<p>{{T_contact_attended}}: {{ATTENDED}} · {{ATTENDED_BY}}</p>{{/IS_ATTENDED}}
  {{#IS_OPEN}}
  <form method="post" action="{{ATTEND_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <button class="btn btn-quiet" type="submit">{{T_contact_attend}} <span class="visually-hidden">{{NAME}}</span></button>
  </form>
  {{/IS_OPEN}}
</article>
{{/CONTACT_MESSAGE}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg>
  <h2>{{T_contact_empty}}</h2>
  <p>{{T_contact_empty_text}}</p>
</div>
{{/EMPTY}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_contact_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_contact_page_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_contact_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
