{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_oidc_title}}</h1>
  <p class="lead" role="alert">{{OIDC_TEXT}}</p>
  <p class="actions">
    <a class="btn btn-primary" href="{{LOGIN_HREF}}">{{T_oidc_back}}</a>
  </p>
  <p class="muted">{{T_error_code}}: <code>{{REQUEST_ID}}</code></p>
</section>
