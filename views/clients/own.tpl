{{%AUTOESCAPE context="HTML"}}
<p><a class="back" href="/cuenta/"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#left"></use></svg> {{T_account_back}}</a></p>
<h1>{{T_part_own_title}}</h1>
<p class="lead">{{T_part_own_lead}}</p>
{{#EMPTY}}<p class="muted">{{T_part_own_none}}</p>{{/EMPTY}}
{{>PARTS}}
