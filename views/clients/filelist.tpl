{{%AUTOESCAPE context="HTML"}}
<table class="list">
  <caption class="visually-hidden">{{T_client_files}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_client_file}}</th>
      <th scope="col">{{T_client_file_size}}</th>
      <th scope="col">{{T_client_file_added}}</th>
      <th scope="col">{{T_client_file_by}}</th>
      {{#MAY_EDIT}}<th scope="col"><span class="visually-hidden">{{T_client_file_actions}}</span></th>{{/MAY_EDIT}}
    </tr>
  </thead>
  <tbody>
    {{#CLIENT_FILE}}
    <tr>
      <th scope="row"><a class="file-name" href="{{HREF}}">{{NAME}}</a></th>
      <td data-label="{{T_client_file_size}}">{{SIZE}}</td>
      <td data-label="{{T_client_file_added}}">{{ADDED}}</td>
      <td data-label="{{T_client_file_by}}">{{BY}}</td>
      {{#MAY_CHANGE}}
      <td>
        <form method="post" action="{{HREF}}{{VERB}}">
          <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
          <input type="hidden" name="version" value="{{VERSION}}">
          <button class="btn btn-quiet" type="submit">{{VERB_LABEL}} <span class="visually-hidden">{{NAME}}</span></button>
        </form>
      </td>
      {{/MAY_CHANGE}}
    </tr>
    {{/CLIENT_FILE}}
  </tbody>
</table>
