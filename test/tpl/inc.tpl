{{%AUTOESCAPE context="HTML"}}<i title="{{A}}">{{B}}</i>
  {{GV}}{{#G}}global {{C}}{{/G}}
{{#S}}<b>{{A}}</b>{{#S_separator}}, {{/S_separator}}
{{/S}}{{>J}}
