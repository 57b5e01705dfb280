{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <p class="eyebrow">{{T_error_label}} {{STATUS}}</p>
  <h1>{{ERROR_TITLE}}</h1>
  <p class="lead">{{ERROR_TEXT}}</p>
  {{#ERROR_SEARCH}}
  <form class="search" method="get" action="{{SEARCH_HREF}}" role="search">
    <label class="visually-hidden" for="q">{{T_client_search}}</label>
    <input class="form-control" type="search" id="q" name="q" maxlength="100" placeholder="{{T_client_search_hint}}" autocomplete="off">
    <button class="btn btn-primary" type="submit">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#search"></use></svg>
      {{T_client_search_button}}
    </button>
  </form>
  {{/ERROR_SEARCH}}
  <p class="actions">
    <a class="btn btn-primary" href="{{HOME_HREF}}">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#home"></use></svg>
      {{T_error_home}}
    </a>
  </p>
  <p class="muted">{{T_error_code}}: <code>{{REQUEST_ID}}</code></p>
</section>
