{{%AUTOESCAPE context="HTML"}}
<section class="hero">
  <p class="eyebrow">{{T_public_place}}</p>
  <h1>{{T_public_headline}}</h1>
  <p class="lead">{{T_public_lead}}</p>
  <p class="actions">
    <a class="btn btn-primary" href="#servicios">{{T_public_see_services}}</a>
    <a class="btn btn-quiet" href="{{LANG_PREFIX}}/contacto/">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg>
      {{T_public_ask}}
    </a>
    {{#ANONYMOUS}}
    <a class="btn btn-quiet" href="{{LOGIN_HREF}}">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#login"></use></svg>
      {{T_public_client_login}}
    </a>
    {{/ANONYMOUS}}
  </p>
</section>

<section id="servicios" aria-labelledby="services-title">
  <h2 id="services-title">{{T_public_services}}</h2>
  {{>TILES}}
</section>

<section aria-labelledby="values-title">
  <h2 id="values-title">{{T_public_values}}</h2>
  <dl class="values">
    <div><dt>{{T_public_trust}}</dt><dd>{{T_public_trust_text}}</dd></div>
    <div><dt>{{T_public_innovation}}</dt><dd>{{T_public_innovation_text}}</dd></div>
    <div><dt>{{T_public_commitment}}</dt><dd>{{T_public_commitment_text}}</dd></div>
  </dl>
</section>

<section aria-labelledby="contact-title">
  <h2 id="contact-title">{{T_contact_title}}</h2>
  <p>{{T_public_contact_text}}</p>
  <p class="actions"><a class="btn btn-primary" href="{{LANG_PREFIX}}/contacto/">{{T_public_write}}</a></p>
</section>
