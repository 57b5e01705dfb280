# shellcheck shell=bash
# For scripts that make a bare Debian: where this machine gets its packages
# from, and a base system. Sourced; the script has a function die.

# Downloaded packages and the base are kept for the next time.
readonly CACHE=/var/tmp/personal-tech-bare-debian SUITE=bookworm

# The Debian sources of this machine, without those of other makers, as
# one-line entries: TYPE [OPTIONS] URI SUITE COMPONENT…
debian_sources() {
    local file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
        [ ! -r "$file" ] || { cat "$file" && echo; }
    done | awk -v suite="^$SUITE(-updates|-security)?/?$" '
        function flush(   i, n, list) {
            n = split(field["suites:"], list, " ")
            for (i = 1; i <= n; i++) {
                if (list[i] ~ suite && field["uris:"] != "") {
                    print "deb [signed-by=" field["signed-by:"] "] " \
                        field["uris:"] " " list[i] " " field["components:"]
                }
            }
            split("", field)
        }
        /^[A-Za-z-]+:/ {
            key = tolower($1)
            sub(/^[^:]*:[ \t]*/, "")
            field[key] = $0
        }
        /^$/ { flush() }
        /^deb / {
            at = $2 ~ /^\[/ ? 3 : 2
            while (at > 2 && $(at - 1) !~ /\]$/) { at++ }
            if ($(at + 1) ~ suite) { print }
        }
        END { flush() }' | sed 's/\[signed-by=\] //'
}

# prints the URI of the suite itself
mirror() {
    debian_sources | sed 's/\[[^]]*\] //' |
        awk -v suite=$SUITE '$3 == suite { print $2; exit }'
}

# The minbase system as debootstrap leaves it, in $CACHE/base.tar, made anew
# after a week.
make_base() {
    mkdir -p "$CACHE/debootstrap"
    exec 8>"$CACHE/lock"
    flock 8
    [ -n "$(find "$CACHE" -name base.tar -mtime -7)" ] || make_base_anew
    exec 8>&-
}

make_base_anew() {
    local proxy system=$CACHE/base
    rm -rf --one-file-system "$system"
    proxy=$(apt-config shell P Acquire::http::Proxy)
    eval "$proxy" # P='…', quoted by apt-config
    [ -z "${P-}" ] || export http_proxy=$P
    debootstrap --variant=minbase --cache-dir="$CACHE/debootstrap" \
        $SUITE "$system" "$(mirror)" >"$CACHE/debootstrap.log" 2>&1 ||
        die "debootstrap failed: $(tail -n 1 "$CACHE/debootstrap.log")" \
            "(all of it: $CACHE/debootstrap.log)"
    tar -C "$system" -cf "$CACHE/base.tar.new" .
    mv "$CACHE/base.tar.new" "$CACHE/base.tar"
    rm -rf --one-file-system "$system"
}
