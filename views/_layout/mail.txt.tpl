{{#PARAGRAPH}}{{TEXT}}

{{/PARAGRAPH}}{{#FACT}}{{LABEL}}: {{VALUE}}
{{/FACT}}{{#QUOTE}}
{{#LINE}}> {{TEXT}}
{{/LINE}}
{{/QUOTE}}{{#LINK}}{{LABEL}}:
{{LINK_HREF}}

{{/LINK}}{{#SMALL}}{{TEXT}}

{{/SMALL}}-- 
{{T_mail_foot}}
