{{%AUTOESCAPE context="HTML"}}
<h1>{{T_public_services_title}}</h1>
<p class="lead">{{T_public_services_lead}}</p>
<section aria-labelledby="services-title">
  <h2 id="services-title">{{T_public_services}}</h2>
  {{>TILES}}
</section>
<p class="actions">
  <a class="btn btn-primary" href="{{LANG_PREFIX}}/contacto/">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg>
    {{T_public_write}}
  </a>
</p>
