{{#PARAGRAPH}}{{TEXT}}

{{/PARAGRAPH}}{{#FACT}}{{LABEL}}: {{VALUE}}
{{/FACT}}{{#QUOTE}}
{{#LINE}}> {{TEXT}}
{{/LINE}}
{{/QUOTE}}{{#LINK}}{{LABEL}}:
{{LINK_HREF}}

{{/LINK}}{{#SMALL}}{{TEXT}}

{{/SMALL}}--{{BI_SPACE}}
{{T_mail_foot}}
