# shellcheck shell=bash
# What scripts/run and scripts/ctl know about the instance of this clone:
# where its files lie and who it runs as. Sourced, with the clone as working
# directory.
#
# A normal user keeps all of it in var/ of the clone. For root the clone may
# lie where no other user can look (/root is 0700), so everything that the
# system user needs is installed under /var/lib/personal-tech/ID, where ID
# comes from the path of the clone.
#
#   STATE  bin/ conf/ www/ nginx/ logs/ secret_key audit_key backup_key
#          run.lock run.pids conf.lock
#   DATA   the SQLite database
#   RUN    the sockets
#   BIN    ptpool, ptworker, ptjobs, ptctl
#   CONF   the configuration that the programs read
#   AS     the words that start a program as the right user

readonly SERVICE_USER=personal-tech
# sun_path of a unix socket, less its NUL
readonly MAX_SOCKET_PATH=107
# no editor makes such a pause while it writes
readonly AT_REST_S=0.5

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# scripts/run asks every second: no child for it
is_root() {
    [ "$EUID" -eq 0 ]
}

# --- places ------------------------------------------------------------------

runtime_folder() {
    local name id
    id=$(id -u)
    name=personal-tech-$id-$1
    for folder in "${XDG_RUNTIME_DIR:-/tmp}" /tmp; do
        RUN=$folder/$name
        [ ! -d "$folder" ] || [ ! -w "$folder" ] ||
            [ $((${#RUN} + ${#LONGEST_SOCKET})) -gt $MAX_SOCKET_PATH ] ||
            return 0
    done
    die "no short, writable folder for sockets: set XDG_RUNTIME_DIR"
}

find_places() {
    local id
    ROOT=$(pwd -P)
    id=$(printf '%s' "$ROOT" | sha256sum | cut -c 1-8)
    LONGEST_SOCKET=/control.sock
    LINK=$ROOT/conf/personal-tech.yaml
    if is_root; then
        STATE=/var/lib/personal-tech/$id
        DATA=$STATE/db
        RUN=/run/personal-tech/$id
        BIN=$STATE/bin
        CONF=$STATE/conf/personal-tech.yaml
        WORK_DIR=$STATE
        OWNER=$SERVICE_USER
        AS=(setpriv --reuid "$OWNER" --regid "$OWNER" --clear-groups
            --no-new-privs)
    else
        STATE=$ROOT/var
        DATA=$STATE
        BIN=$ROOT/build
        CONF=$LINK
        WORK_DIR=$ROOT
        OWNER=$(id -un)
        AS=(setpriv --no-new-privs)
        runtime_folder "$id"
    fi
}

# The environment of every program of the instance.
set_environment() {
    export RUN_DIR=$RUN STATE_DIR=$DATA RUN_USER=$OWNER
    [ -z "${PORT-}" ] || export RUN_URL=http://127.0.0.1:$PORT
    export PT_CONF=$CONF LOG_FILE=$STATE/logs/personal-tech.log
    export PATH=$BIN:$PATH
    # who gives a key gives it for good; a made one would hide it
    if [ -z "${SECRET_KEY-}" ] && [ -z "${SECRET_KEY_FILE-}" ]; then
        export SECRET_KEY_FILE=$STATE/secret_key
    fi
    if [ -z "${AUDIT_KEY-}" ] && [ -z "${AUDIT_KEY_FILE-}" ]; then
        export AUDIT_KEY_FILE=$STATE/audit_key
    fi
    if [ -z "${BACKUP_KEY-}" ] && [ -z "${BACKUP_KEY_FILE-}" ]; then
        export BACKUP_KEY_FILE=$STATE/backup_key
    fi
    ! is_root || export HOME=$STATE
}

# --- files -------------------------------------------------------------------

# make_folders_of OWNER MODE PATH…
make_folders_of() {
    local owner=(-o "$1" -g "$1")
    is_root || owner=()
    install -d "${owner[@]}" -m "$2" "${@:3}" ||
        die "cannot create ${*:3}; check their owner and the disk"
}

make_user() {
    id "$SERVICE_USER" >/dev/null 2>&1 ||
        useradd --system --user-group --no-create-home \
            --home-dir /nonexistent --shell /usr/sbin/nologin \
            "$SERVICE_USER" ||
        die "cannot create the system user $SERVICE_USER"
}

# /tmp is everybody's: a folder that waits there may be a trap.
check_runtime_folder() {
    [ -d "$RUN" ] || mkdir -m 700 "$RUN" || die "cannot create $RUN"
    if [ -L "$RUN" ] || [ ! -O "$RUN" ]; then
        die "$RUN belongs to somebody else; set XDG_RUNTIME_DIR"
    fi
}

make_folders() {
    local above=()
    if is_root; then
        make_user
        above=(/var/lib/personal-tech /run/personal-tech)
    else
        check_runtime_folder
    fi
    make_folders_of root 755 "${above[@]}" "$STATE" "$STATE"/{bin,conf,www} \
        "$STATE"/nginx/{,snippets{,/personal-tech}}
    make_folders_of "$OWNER" 750 "$RUN" "$STATE/logs" "$STATE"/nginx/{logs,tmp}
    # in var/ of a clone there is nothing to hide from its owner
    ! is_root || make_folders_of "$OWNER" 700 "$DATA"
}

# install_file MODE SOURCE TARGET: whole or not at all, untouched when equal
install_file() {
    ! cmp -s "$2" "$3" || return 0
    if ! install -m "$1" "$2" "$3.new" || ! mv "$3.new" "$3"; then
        die "cannot write $3; check the disk"
    fi
}

install_programs() {
    is_root || return 0
    for program in ptpool ptworker ptjobs ptctl; do
        install_file 755 "build/$program" "$BIN/$program"
    done
}

# The same file with the folders of this instance as defaults, so that ptctl
# run by hand finds them.
with_our_folders() {
    sed "s|\${RUN_DIR:-[^}]*}|\${RUN_DIR:-$RUN}|
        s|\${STATE_DIR:-[^}]*}|\${STATE_DIR:-$DATA}|" "$1"
}

take_conf() {
    if ! with_our_folders "$1" >"$CONF.new" || ! mv "$CONF.new" "$CONF"; then
        die "cannot write $CONF; check the disk"
    fi
}

# Is a file in place of the link still growing? What is written after it was
# taken would be lost with it. False for the link itself.
is_being_written() {
    local before now
    [ -f "$LINK" ] && [ ! -L "$LINK" ] || return 1
    before=$(stat -c '%i %s %.Y' "$LINK" 2>/dev/null)
    sleep $AT_REST_S 9>&-
    now=$(stat -c '%i %s %.Y' "$LINK" 2>/dev/null)
    [ "$now" != "$before" ]
}

# For root the file lies at $CONF, where the service can read it, and the
# clone has a link to it. A file found in place of the link (an editor or
# `sed -i` made it, or it was there before) is moved there. scripts/run does
# so each second, scripts/ctl when it is called: one after the other, or one
# would take away what the other is about to put in its place.
adopt_conf() {
    local lock
    exec {lock}>>"$STATE/conf.lock"
    flock "$lock"
    adopt_conf_locked
    exec {lock}>&-
}

adopt_conf_locked() {
    if [ -f "$LINK" ] && [ ! -L "$LINK" ]; then
        take_conf "$LINK"
    elif [ ! -f "$CONF" ] && [ -f "$LINK" ]; then
        take_conf "$LINK" # the link of the clone that this one is a copy of
    elif [ ! -f "$CONF" ]; then
        take_conf conf/personal-tech.example.yaml
    fi
    chown "root:$OWNER" "$CONF"
    chmod 640 "$CONF"
    if [ "$(readlink "$LINK" 2>/dev/null)" != "$CONF" ]; then
        ln -sfn "$CONF" "$LINK.new"
        mv -T "$LINK.new" "$LINK"
    fi
}

prepare_conf() {
    if is_root; then
        while is_being_written; do :; done
        adopt_conf
    elif [ -L "$CONF" ] && [ ! -r "$CONF" ]; then
        die "conf/personal-tech.yaml is a link of root's instance that" \
            "$OWNER cannot read; remove it to start with a new one"
    elif [ ! -e "$CONF" ]; then
        take_conf conf/personal-tech.example.yaml
    fi
}

# --- programs ----------------------------------------------------------------

# Runs a program of the instance and waits for it. What it writes is nobody
# else's business.
as_owner() {
    (cd "$WORK_DIR" && umask 027 && exec "${AS[@]}" "$@")
}
