{{%AUTOESCAPE context="HTML"}}
<h1>{{T_session_title}}</h1>
<p class="lead">{{T_session_text}}</p>
<table class="list">
  <caption class="visually-hidden">{{T_session_title}}</caption>
  <thead>
    <tr>
      <th scope="col">{{T_session_device}}</th>
      <th scope="col">{{T_session_address}}</th>
      <th scope="col">{{T_session_since}}</th>
      <th scope="col">{{T_session_seen}}</th>
    </tr>
  </thead>
  <tbody>
    {{#PLACE}}
    <tr>
      <th scope="row">{{DEVICE}}{{#PRESENT}} <span class="muted">({{T_session_this}})</span>{{/PRESENT}}</th>
      <td data-label="{{T_session_address}}">{{IP}}</td>
      <td data-label="{{T_session_since}}">{{SINCE}}</td>
      <td data-label="{{T_session_seen}}">{{SEEN}}</td>
    </tr>
    {{/PLACE}}
  </tbody>
</table>
{{#ALONE}}<p class="muted">{{T_session_alone}}</p>{{/ALONE}}
<form class="actions" method="post" action="/cuenta/sesiones/">
  <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
  {{#OTHERS}}<button class="btn btn-primary" type="submit">{{T_session_close_others}}</button>{{/OTHERS}}
  <a class="btn btn-quiet" href="/cuenta/">{{T_account_back}}</a>
</form>
