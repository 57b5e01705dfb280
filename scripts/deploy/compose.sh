# shellcheck shell=bash
# A release on a host of one's own, where docker-compose.yml runs; sourced by
# lib.sh. Beside what that file reads:
#
#   DEPLOY_STATE  a folder that knows which images serve, and which did before
#                 (default var/deploy)
#   STAGING_PORT  of this host, for staging (default 8444)
#
# Production is the services; staging is one container of web and one of nginx
# that nobody is led to. To swap is to start the images that staging has tried
# in the place of those that serve, each healthy before it gets a request, and
# to stop the others, which finish what they have begun.
# shellcheck disable=SC2153 # NGINX comes from there
readonly PROJECT=${COMPOSE_PROJECT_NAME:-personal-tech}
readonly STATE=${DEPLOY_STATE:-var/deploy} PORT=${STAGING_PORT:-8444}
readonly STAGED_WEB=$PROJECT-staging-web STAGED_NGINX=$PROJECT-staging-nginx
# nginx asks for the addresses of web every two seconds
readonly KNOWN_S=3
readonly NETWORK=${PROJECT}_fastcgi HEALTHY_S=${HEALTH_S:-180} GET_S=10

# with APP_IMAGE=… NGINX_IMAGE=… before it
compose() {
    docker compose "$@" </dev/null
}

# ids SERVICE: its containers, running or just made
ids() {
    docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" \
        --filter "label=com.docker.compose.service=$1" \
        --filter label=com.docker.compose.oneoff=False | sort
}

# others SERVICE ID…: those that are none of these
others() {
    local service=$1
    shift
    ids "$service" | grep -vxF "$(printf '%s\n' "$@")"
}

image_of() {
    local id
    id=$(ids "$1" | head -n 1)
    [ -z "$id" ] || docker inspect --format '{{.Config.Image}}' "$id"
}

await_healthy() {
    local id status end=$((SECONDS + HEALTHY_S))
    for id in "$@"; do
        until [ "${status-}" = healthy ]; do
            sleep 0.5
            status=$(docker inspect --format '{{.State.Health.Status}}' "$id")
            [ "$status" != unhealthy ] && [ $SECONDS -lt $end ] || return 1
        done
        status=
    done
}

# Finished first, then removed.
retire() {
    docker stop "$@" >/dev/null
    docker rm -f "$@" >/dev/null
}

# --- one service after the other ---------------------------------------------

# New ones are no addresses of "web" before they are healthy: who is led there
# before that would wait.
start_apart() {
    local id
    for id in "$@"; do
        docker network disconnect "$NETWORK" "$id" || return 1
        docker start "$id" >/dev/null || return 1
    done
    await_healthy "$@"
}

join() {
    local id
    for id in "$@"; do
        docker network connect --alias web "$NETWORK" "$id" || return 1
    done
    sleep $KNOWN_S
}

# remove_others SERVICE ID…: those that were made besides
remove_others() {
    others "$@" | xargs -r docker rm -f >/dev/null
}

# The next two in a shell of their own: whatever ends it too early, what it has
# made goes with it.
exchange_web() (
    ids=$(ids web) && [ -n "$ids" ] || exit 1
    mapfile -t old <<<"$ids"
    trap 'remove_others web "${old[@]}"' EXIT
    compose up --no-start --no-build --no-deps --no-recreate \
        --scale "web=$((${#old[@]} * 2))" web || exit 1
    mapfile -t new < <(others web "${old[@]}")
    [ ${#new[@]} -eq ${#old[@]} ] || exit 1
    start_apart "${new[@]}" || exit 1
    join "${new[@]}" || exit 1
    trap - EXIT
    retire "${old[@]}"
)

exchange_one_nginx() (
    ids=$(ids nginx) && [ -n "$ids" ] || exit 1
    mapfile -t old <<<"$ids"
    trap 'remove_others nginx "${old[@]}"' EXIT
    compose up -d --no-build --no-deps --no-recreate \
        --scale "nginx=$((${#old[@]} + 1))" nginx || exit 1
    mapfile -t new < <(others nginx "${old[@]}")
    [ ${#new[@]} -eq 1 ] || exit 1
    await_healthy "${new[@]}" || exit 1
    trap - EXIT
    retire "${old[@]}"
)

# A second one beside it where the ports are a range, for a balancer in front;
# with one port alone it is away for a second.
exchange_nginx() {
    case ${HTTPS_PORT:-443} in
    *-*) exchange_one_nginx ;;
    *) compose up -d --no-build --no-deps --wait nginx ;;
    esac
}

# serve APP_IMAGE NGINX_IMAGE: nginx first, which has the files that pages name
serve() {
    local -x APP_IMAGE=$1 NGINX_IMAGE=$2
    if [ -z "$(ids web)" ] || [ -z "$(ids nginx)" ]; then
        compose up -d --no-build --wait # nobody is served: all of it
        return
    fi
    [ "$(image_of nginx)" = "$NGINX_IMAGE" ] || exchange_nginx || return 1
    [ "$(image_of web)" = "$APP_IMAGE" ] || exchange_web || return 1
    [ "$(image_of jobs)" = "$APP_IMAGE" ] ||
        compose up -d --no-build --no-deps --wait jobs
}

# note FILE APP_IMAGE NGINX_IMAGE: for docker compose --env-file too
note() {
    mkdir -p "$STATE"
    printf 'APP_IMAGE=%s\nNGINX_IMAGE=%s\n' "$2" "$3" >"$STATE/$1.new"
    mv "$STATE/$1.new" "$STATE/$1"
}

# --- what lib.sh asks for ----------------------------------------------------

target_login() {
    : # docker login, once for a host
}

target_migrate() {
    local -x APP_IMAGE=$APP
    docker pull --quiet "$APP"
    compose up -d --no-build --no-recreate --wait db
    compose run --rm --no-deps -T migrate
}

target_stage() {
    local -x APP_IMAGE=$APP NGINX_IMAGE=$NGINX
    target_clear
    docker pull --quiet "$APP"
    docker pull --quiet "$NGINX"
    compose up -d --no-build --no-recreate --wait redis
    compose run -d --no-deps --name "$STAGED_WEB" web
    compose run -d --no-deps --name "$STAGED_NGINX" \
        -e "WEB_FASTCGI=$STAGED_WEB:9000" -e "WEB_HEALTH=$STAGED_WEB:9180" \
        --publish "127.0.0.1:$PORT:8443" nginx
}

# The name is that of the certificate, whatever leads there.
target_get() {
    local at=127.0.0.1:$PORT
    [ "$1" = staging ] || at=$(docker port "$(ids nginx | tail -n 1)" 8443/tcp |
        head -n 1 | sed 's/^0\.0\.0\.0:/127.0.0.1:/')
    curl --silent --show-error --fail --noproxy '*' --max-time $GET_S \
        --connect-to "::$at" "https://${SITE_NAME:-localhost}$2"
}

target_serves() {
    [ "$(image_of web)" = "$APP" ]
}

target_swap() {
    local app=$APP nginx=$NGINX was_app was_nginx
    if target_serves; then # back
        [ -r "$STATE/previous" ] || die "there is no release before this one"
        app=$(sed -n 's/^APP_IMAGE=//p' "$STATE/previous")
        nginx=$(sed -n 's/^NGINX_IMAGE=//p' "$STATE/previous")
    fi
    was_app=$(image_of web) was_nginx=$(image_of nginx)
    if ! serve "$app" "$nginx"; then
        [ -z "$was_app" ] || serve "$was_app" "$was_nginx"
        return 1
    fi
    note live "$app" "$nginx"
    [ -z "$was_app" ] || note previous "$was_app" "$was_nginx"
    target_clear
}

target_clear() {
    docker ps -aq --filter "name=^$PROJECT-staging-" | xargs -r docker rm -f \
        >/dev/null
}

target_storage() {
    [ -z "${STATIC_URL-}" ] || printf '%s\n%s\n' "$STATIC_URL" \
        "${STORAGE_TOKEN-}"
}
