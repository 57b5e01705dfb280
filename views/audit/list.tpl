{{%AUTOESCAPE context="HTML"}}
{{#BACK}}<p><a class="back" href="{{BACK_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{LABEL}}</a></p>{{/BACK}}
<div class="heading">
  <h1>{{AUDIT_TITLE}}</h1>
</div>
{{#LEAD}}<p class="lead">{{MESSAGE}}</p>{{/LEAD}}
{{#NEVER_CHECKED}}<div class="notice"><p>{{T_audit_never_checked}}</p></div>{{/NEVER_CHECKED}}
{{#CHECKED}}<div class="notice"><p>{{T_audit_checked_at}}: {{WHEN}}; {{T_audit_checked_whole}} {{SEQ}}.</p></div>{{/CHECKED}}
{{#CHECKED_BAD}}<div class="notice notice-bad" role="alert"><p>{{T_audit_checked_at}}: {{WHEN}}; {{T_audit_checked_bad}} {{SEQ}} {{FAULT}}.</p></div>{{/CHECKED_BAD}}
{{#FILTERS}}
<form method="get" action="/admin/auditoria/">
  <details class="filters"{{#FILTERS_OPEN}} open{{/FILTERS_OPEN}}>
    <summary>{{T_audit_filters}}</summary>
    <div class="filter-fields">
      <div class="field">
        <label class="form-label" for="que">{{T_audit_filter_entity}}</label>
        <select class="form-control" id="que" name="que">
          <option value="">{{T_audit_filter_all}}</option>
          {{#ENTITY_OPTION}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/ENTITY_OPTION}}
        </select>
      </div>
      <div class="field">
        <label class="form-label" for="numero">{{T_audit_filter_number}}</label>
        <input class="form-control" id="numero" name="numero" value="{{NUMBER}}" inputmode="numeric" maxlength="18" autocomplete="off" aria-describedby="numero-hint">
        <p class="hint" id="numero-hint">{{T_audit_filter_number_hint}}</p>
      </div>
      <div class="field">
        <label class="form-label" for="quien">{{T_audit_filter_person}}</label>
        <select class="form-control" id="quien" name="quien">
          <option value="">{{T_audit_filter_anybody}}</option>
          {{#PERSON_OPTION}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/PERSON_OPTION}}
        </select>
      </div>
      <div class="field">
        <label class="form-label" for="desde">{{T_audit_filter_since}}</label>
        <input class="form-control" type="date" id="desde" name="desde" value="{{SINCE}}">
      </div>
      <div class="field">
        <label class="form-label" for="hasta">{{T_audit_filter_until}}</label>
        <input class="form-control" type="date" id="hasta" name="hasta" value="{{UNTIL}}">
      </div>
    </div>
    <p class="actions">
      <button class="btn btn-primary" type="submit">{{T_audit_filter_button}}</button>
      {{#CLEAR}}<a class="btn btn-quiet" href="/admin/auditoria/">{{T_audit_filter_clear}}</a>{{/CLEAR}}
    </p>
  </details>
</form>
{{/FILTERS}}
{{#ROWS}}
<table class="list">
  <caption class="visually-hidden">{{AUDIT_TITLE}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_audit_what}}</th>
      <th scope="col">{{T_audit_when}}</th>
      <th scope="col">{{T_audit_who}}</th>
      <th scope="col">{{T_audit_changes}}</th>
      <th scope="col">{{T_audit_row}}</th>
    </tr>
  </thead>
  <tbody>
    {{#AUDIT_ROW}}
    <tr>
      <th scope="row">{{ACTION}}: {{#SUBJECT_LINK}}<a href="{{SUBJECT_HREF}}">{{SUBJECT}}</a>{{/SUBJECT_LINK}}{{#SUBJECT_TEXT}}{{SUBJECT}}{{/SUBJECT_TEXT}}</th>
      <td data-label="{{T_audit_when}}">{{WHEN}}</td>
      <td data-label="{{T_audit_who}}"><span>{{ACTOR}}{{#ACTOR_ROLE}} <span class="muted">· {{ROLE_LABEL}}</span>{{/ACTOR_ROLE}}{{#FROM_ADDRESS}} <span class="muted">· {{T_audit_from}} {{IP}}</span>{{/FROM_ADDRESS}}</span></td>
      <td class="changes" data-label="{{T_audit_changes}}">{{#FIELD_CHANGE}}<div>{{LABEL}}: {{#OLD_VALUE}}<del>{{VALUE}}</del> {{/OLD_VALUE}}{{#NEW_VALUE}}<ins>{{VALUE}}</ins>{{/NEW_VALUE}}{{#PERSONAL}}<span class="muted">{{CHANGE}}</span>{{/PERSONAL}}</div>{{/FIELD_CHANGE}}</td>
      <td data-label="{{T_audit_row}}">{{SEQ}}</td>
    </tr>
    {{/AUDIT_ROW}}
  </tbody>
</table>
<p class="muted">{{T_audit_personal_note}}</p>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
  <h2>{{T_audit_empty}}</h2>
  <p>{{T_audit_empty_text}}</p>
</div>
{{/EMPTY}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_audit_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_audit_page_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_audit_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
