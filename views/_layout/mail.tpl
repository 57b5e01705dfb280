{{%AUTOESCAPE context="HTML"}}
{{! Programs that show mail know little: styles stand at each element. }}
<!DOCTYPE html>
<html lang="{{LANG}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{TITLE}}</title>
</head>
<body style="margin:0;padding:24px 12px;background:#f2f4f7;color:#1d2733;font:16px/1.5 Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">
<p style="margin:0 0 16px;color:#1f5fbf;font-weight:bold">Personal Technology</p>
<h1 style="margin:0 0 16px;font-size:21px;line-height:1.3">{{TITLE}}</h1>
{{#PARAGRAPH}}
<p style="margin:0 0 16px">{{TEXT}}</p>
{{/PARAGRAPH}}
{{#FACT}}
<p style="margin:0 0 8px"><span style="color:#55606e">{{LABEL}}:</span> {{VALUE}}</p>
{{/FACT}}
{{#QUOTE}}
<p style="margin:16px 0;padding:4px 0 4px 12px;border-left:3px solid #c9d3df">
{{#LINE}}{{TEXT}}<br>{{/LINE}}
</p>
{{/QUOTE}}
{{#LINK}}
<p style="margin:24px 0"><a href="{{LINK_HREF}}" style="display:inline-block;padding:12px 20px;background:#1f5fbf;color:#ffffff;text-decoration:none;border-radius:6px">{{LABEL}}</a></p>
<p style="margin:0 0 16px;color:#55606e;font-size:14px;word-break:break-all">{{LINK_HREF}}</p>
{{/LINK}}
{{#SMALL}}
<p style="margin:0 0 16px;color:#55606e;font-size:14px">{{TEXT}}</p>
{{/SMALL}}
</div>
<p style="max-width:560px;margin:16px auto 0;color:#55606e;font-size:13px">{{T_mail_foot}}</p>
</body>
</html>
