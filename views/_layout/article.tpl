{{%AUTOESCAPE context="HTML"}}
<article class="article">
  {{#HAS_ICON}}<svg class="icon icon-tile" aria-hidden="true"><use href="{{ICONS_URL}}#{{ICON}}"></use></svg>{{/HAS_ICON}}
  <h1>{{HEADLINE}}</h1>
  <p class="lead">{{LEAD}}</p>
  {{#SECTION}}
  <section>
    <h2>{{HEADING}}</h2>
    {{#PARAGRAPHS}}{{#PARAGRAPH}}<p>{{TEXT}}</p>{{/PARAGRAPH}}{{/PARAGRAPHS}}
    {{#BULLETS}}<ul>{{#BULLET}}<li>{{TEXT}}</li>{{/BULLET}}</ul>{{/BULLETS}}
    {{#STEPS}}<ol>{{#STEP}}<li>{{TEXT}}</li>{{/STEP}}</ol>{{/STEPS}}
    {{#TERMS}}<dl class="terms">{{#TERM}}<div class="panel"><dt>{{NAME}}</dt><dd>{{TEXT}}</dd></div>{{/TERM}}</dl>{{/TERMS}}
  </section>
  {{/SECTION}}
  {{#ACTION}}
  <p class="actions">
    <a class="btn btn-primary" href="{{ACTION_HREF}}">
      <svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#mail"></use></svg>
      {{LABEL}}
    </a>
  </p>
  {{/ACTION}}
  {{#LINKS}}
  <nav class="related" aria-labelledby="related">
    <h2 id="related">{{T_layout_related}}</h2>
    <ul>{{#LINK}}<li><a href="{{HREF}}">{{LABEL}}</a></li>{{/LINK}}</ul>
  </nav>
  {{/LINKS}}
</article>
