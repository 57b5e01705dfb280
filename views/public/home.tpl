{{%AUTOESCAPE context="HTML"}}
<section class="hero">
  <p class="eyebrow">{{T_public_place}}</p>
  <h1>{{T_public_headline}}</h1>
  <p class="lead">{{T_public_lead}}</p>
  <p class="actions">
    <a class="btn btn-primary" href="#servicios">{{T_public_see_services}}</a>
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
  <ul class="tiles">
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#support"></use></svg>
      <h3>{{T_public_support}}</h3>
      <p>{{T_public_support_text}}</p>
    </li>
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#code"></use></svg>
      <h3>{{T_public_software}}</h3>
      <p>{{T_public_software_text}}</p>
    </li>
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#network"></use></svg>
      <h3>{{T_public_networks}}</h3>
      <p>{{T_public_networks_text}}</p>
    </li>
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#cloud"></use></svg>
      <h3>{{T_public_cloud}}</h3>
      <p>{{T_public_cloud_text}}</p>
    </li>
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#shield"></use></svg>
      <h3>{{T_public_security}}</h3>
      <p>{{T_public_security_text}}</p>
    </li>
    <li class="panel">
      <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#compass"></use></svg>
      <h3>{{T_public_consulting}}</h3>
      <p>{{T_public_consulting_text}}</p>
    </li>
  </ul>
</section>

<section aria-labelledby="values-title">
  <h2 id="values-title">{{T_public_values}}</h2>
  <dl class="values">
    <div><dt>{{T_public_trust}}</dt><dd>{{T_public_trust_text}}</dd></div>
    <div><dt>{{T_public_innovation}}</dt><dd>{{T_public_innovation_text}}</dd></div>
    <div><dt>{{T_public_commitment}}</dt><dd>{{T_public_commitment_text}}</dd></div>
  </dl>
</section>
