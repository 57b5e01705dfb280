{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="{{CLIENT_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{CLIENT_NAME}}</a></p>
<div class="heading">
  <h1>{{FILES_TITLE}}</h1>
  {{#CAN_UPLOAD}}
  <a class="btn btn-primary" href="{{UPLOAD_HREF}}">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg>
    {{T_client_files_add}}
  </a>
  {{/CAN_UPLOAD}}
</div>
{{>FILE_LIST}}
{{#EMPTY}}<div class="panel empty"><p>{{T_client_files_none}}</p></div>{{/EMPTY}}
<div class="list-bar">
  <p><a href="{{OTHER_HREF}}">{{OTHER_LABEL}}</a></p>
</div>
{{#PAGER}}
<nav class="pager" aria-label="{{T_client_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_client_page_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_client_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
