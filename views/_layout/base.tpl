{{%AUTOESCAPE context="HTML"}}
{{! The frame of every page. Global values: LANG LANG_PREFIX THEME ICONS_URL CSRF_TOKEN
    HOME_HREF LOGIN_HREF; global section: ANONYMOUS. }}
<!doctype html>
<html lang="{{LANG}}" data-theme="{{THEME}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}} · Personal Technology</title>
<link rel="icon" type="image/svg+xml" href="{{FAVICON_URL}}">
<link rel="stylesheet" href="{{CSS_URL}}"{{#CSS_ELSEWHERE}} integrity="{{CSS_HASH}}" crossorigin="anonymous"{{/CSS_ELSEWHERE}}>
<script src="{{JS_URL}}"{{#JS_ELSEWHERE}} integrity="{{JS_HASH}}" crossorigin="anonymous"{{/JS_ELSEWHERE}} defer></script>
</head>
<body class="{{#USER}}app{{/USER}}{{#ANONYMOUS}}site{{/ANONYMOUS}}">
<a class="skip-link" href="#main">{{T_layout_skip}}</a>
<header class="top">
  <a class="brand" href="{{HOME_HREF}}">
    <svg class="logo" aria-hidden="true"><use href="{{ICONS_URL}}#logo"></use></svg>
    Personal Technology
  </a>
  {{#USER}}
  <details class="account">
    <summary>
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#user"></use></svg>
      <span class="account-name"><span class="visually-hidden">{{T_layout_account}}: </span>{{USER_NAME}}</span>
    </summary>
    <div class="account-panel">
      <p><strong>{{USER_NAME}}</strong><br><span class="muted">{{ROLE_LABEL}}</span></p>
      <a class="btn btn-quiet" href="{{ACCOUNT_HREF}}">{{T_layout_my_account}}</a>
      <form method="post" action="{{LOGOUT_HREF}}">
        <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
        <button class="btn btn-quiet" type="submit">
          <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#logout"></use></svg>
          {{T_layout_logout}}
        </button>
      </form>
    </div>
  </details>
  {{/USER}}
  {{#ANONYMOUS}}
  <a class="btn btn-quiet" href="{{LOGIN_HREF}}">
    <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#login"></use></svg>
    {{T_layout_login}}
  </a>
  {{/ANONYMOUS}}
</header>
<nav class="menu" aria-label="{{T_layout_menu}}">
  <ul>
    {{#MENU}}
    <li><a href="{{HREF}}"{{#CURRENT}} aria-current="page"{{/CURRENT}}>
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#{{ICON}}"></use></svg>
      <span>{{LABEL}}</span></a></li>
    {{/MENU}}
  </ul>
</nav>
<main id="main" tabindex="-1">
{{#FLASH}}
<div class="notice notice-ok" role="status">
  <p>{{FLASH_TEXT}}</p>
  {{#FLASH_UNDO}}
  <form method="post" action="{{UNDO_HREF}}">
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <input type="hidden" name="version" value="{{UNDO_VERSION}}">
    <button class="btn btn-quiet" type="submit">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#undo"></use></svg>
      {{T_layout_undo}}
    </button>
  </form>
  {{/FLASH_UNDO}}
</div>
{{/FLASH}}
{{>CONTENT}}
</main>
<footer class="foot">
  <p>Personal Technology · Medellín, Colombia</p>
  <nav aria-label="{{T_layout_foot}}">
    <a href="{{LANG_PREFIX}}/empresa/nosotros/">{{T_layout_company}}</a>
    <a href="{{LANG_PREFIX}}/politica-de-datos/">{{T_layout_privacy}}</a>
    <a href="{{LANG_PREFIX}}/contacto/">{{T_contact_title}}</a>
  </nav>
  {{#LANG_SWITCH}}
  <a href="{{LANG_HREF}}" lang="{{LANG_OTHER}}" hreflang="{{LANG_OTHER}}">{{LANG_LABEL}}</a>
  {{/LANG_SWITCH}}
</footer>
</body>
</html>
