# What containers need otherwise: the pool is found by its name, each time anew
# (a name in an upstream { } is looked up once, at the start), and an address
# may be that of a replica which has just gone.
s|^fastcgi_pass personal_tech;|fastcgi_pass $personal_tech_pool;|
s|http://personal_tech_health;|http://$personal_tech_health;|
s|^fastcgi_param HTTPS  *$https |fastcgi_param HTTPS $personal_tech_https |
# a worker died: once more, see again.conf
s|^error_page 502 /errors/502.html;|error_page 502 = $personal_tech_again;|
# gone without a word: the next one, before the visitor notices
s|^fastcgi_connect_timeout .*|fastcgi_connect_timeout 1s;|
s|^fastcgi_next_upstream_tries .*|fastcgi_next_upstream_tries 5;|
s|^fastcgi_next_upstream_timeout .*|fastcgi_next_upstream_timeout 10s;|
