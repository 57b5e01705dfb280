{{%AUTOESCAPE context="HTML"}}
<h1>{{T_file_own_title}}</h1>
<p class="lead">{{T_file_own_lead}}</p>
{{#ROWS}}
<table class="list">
  <caption class="visually-hidden">{{T_file_own_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_file_name}}</th>
      <th scope="col">{{T_file_size}}</th>
      <th scope="col">{{T_file_added}}</th>
    </tr>
  </thead>
  <tbody>
    {{#OWN_FILE}}
    <tr>
      <th scope="row"><a class="file-name" href="{{HREF}}">{{NAME}}</a></th>
      <td data-label="{{T_file_size}}">{{SIZE}}</td>
      <td data-label="{{T_file_added}}">{{ADDED}}</td>
    </tr>
    {{/OWN_FILE}}
  </tbody>
</table>
{{/ROWS}}
{{#EMPTY}}
<div class="panel empty">
  <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#file"></use></svg>
  <h2>{{T_file_own_none}}</h2>
  <p>{{T_file_own_none_text}}</p>
</div>
{{/EMPTY}}
{{#PAGER}}
<nav class="pager" aria-label="{{T_file_pager}}">
  {{#FIRST}}<a class="btn btn-quiet" href="{{FIRST_HREF}}">{{T_file_page_first}}</a>{{/FIRST}}
  {{#NEXT}}<a class="btn btn-quiet" rel="next" href="{{NEXT_HREF}}">{{T_file_page_next}} <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#right"></use></svg></a>{{/NEXT}}
</nav>
{{/PAGER}}
