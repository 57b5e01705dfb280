{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_oidc_leave_title}}</h1>
  <p class="lead">{{T_oidc_leave_text}}</p>
  <p class="actions">
    <a class="btn btn-primary" href="{{OIDC_HREF}}">{{T_oidc_leave_there}}</a>
    <a class="btn btn-quiet" href="{{HOME_HREF}}">{{T_error_home}}</a>
  </p>
</section>
