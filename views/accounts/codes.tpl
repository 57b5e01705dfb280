{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_second_codes_shown}}</h1>
  <p class="lead">{{T_second_codes_keep}}</p>
  <div class="notice notice-warn"><p>{{T_second_codes_once}}</p></div>
  <div class="panel">
    <p>Personal Technology · {{USER_EMAIL}}</p>
    <ol class="one-time codes">{{#RECOVERY}}<li><code>{{CODE}}</code></li>{{/RECOVERY}}</ol>
  </div>
  <p class="actions">
    <button class="btn btn-quiet" type="button" data-print hidden>{{T_second_codes_print}}</button>
    <a class="btn btn-primary" href="{{NEXT_HREF}}">{{T_second_codes_next}}</a>
  </p>
</section>
