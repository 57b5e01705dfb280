{{%AUTOESCAPE context="HTML"}}
<section class="narrow">
  <h1>{{T_profile_title}}</h1>
  {{#FORM_NOTICE}}<div class="notice notice-warn" role="alert"><p>{{MESSAGE}}</p></div>{{/FORM_NOTICE}}
  {{#FORM_ERRORS}}
  <div class="notice notice-bad" role="alert" tabindex="-1" data-focus>
    <p>{{T_form_errors}}</p>
    <ul>{{#FORM_ERROR}}<li><a href="#{{FIELD}}">{{MESSAGE}}</a></li>{{/FORM_ERROR}}</ul>
  </div>
  {{/FORM_ERRORS}}
  <form class="panel" method="post" action="{{FORM_ACTION}}" novalidate>
    <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
    <div class="field">
      <label class="form-label" for="name">{{T_account_name}}</label>
      <input class="form-control" id="name" name="name" value="{{F_name}}" required maxlength="200" autocomplete="name" autocapitalize="words"{{#E_name}} aria-invalid="true" aria-describedby="name-error"{{/E_name}}>
      {{#E_name}}<p class="field-error" id="name-error">{{MESSAGE}}</p>{{/E_name}}
    </div>
    <div class="field">
      <label class="form-label" for="phone">{{T_account_phone}} <span class="muted">{{T_form_optional}}</span></label>
      <input class="form-control" id="phone" name="phone" value="{{F_phone}}" type="tel" maxlength="30" autocomplete="tel"{{#E_phone}} aria-invalid="true" aria-describedby="phone-error"{{/E_phone}}>
      {{#E_phone}}<p class="field-error" id="phone-error">{{MESSAGE}}</p>{{/E_phone}}
    </div>
    <div class="field">
      <label class="form-label" for="lang">{{T_profile_lang}}</label>
      <select class="form-control" id="lang" name="lang" required{{#E_lang}} aria-invalid="true" aria-describedby="lang-error"{{/E_lang}}>
        {{#O_lang}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_lang}}
      </select>
      {{#E_lang}}<p class="field-error" id="lang-error">{{MESSAGE}}</p>{{/E_lang}}
    </div>
    <div class="field">
      <label class="form-label" for="theme">{{T_profile_theme}}</label>
      <select class="form-control" id="theme" name="theme" required aria-describedby="theme-hint{{#E_theme}} theme-error{{/E_theme}}"{{#E_theme}} aria-invalid="true"{{/E_theme}}>
        {{#O_theme}}<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>{{/O_theme}}
      </select>
      <p class="hint" id="theme-hint">{{T_profile_theme_hint}}</p>
      {{#E_theme}}<p class="field-error" id="theme-error">{{MESSAGE}}</p>{{/E_theme}}
    </div>
    <p class="actions actions-sticky">
      <button class="btn btn-primary" type="submit">{{T_form_save}}</button>
      <a class="btn btn-quiet" href="/cuenta/">{{T_form_cancel}}</a>
    </p>
  </form>
</section>
