{{%AUTOESCAPE context="HTML"}}
<ul class="tiles">
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#support"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/soporte-tecnico/">{{T_public_support}}</a></h3>
    <p>{{T_public_support_text}}</p>
  </li>
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#code"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/desarrollo-software/">{{T_public_software}}</a></h3>
    <p>{{T_public_software_text}}</p>
  </li>
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#network"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/redes-comunicaciones/">{{T_public_networks}}</a></h3>
    <p>{{T_public_networks_text}}</p>
  </li>
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#cloud"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/soluciones-cloud/">{{T_public_cloud}}</a></h3>
    <p>{{T_public_cloud_text}}</p>
  </li>
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#shield"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/ciberseguridad/">{{T_public_security}}</a></h3>
    <p>{{T_public_security_text}}</p>
  </li>
  <li class="panel">
    <svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#compass"></use></svg>
    <h3><a href="{{LANG_PREFIX}}/servicios/consultoria-ti/">{{T_public_consulting}}</a></h3>
    <p>{{T_public_consulting_text}}</p>
  </li>
</ul>
