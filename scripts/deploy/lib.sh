# shellcheck shell=bash
# For the scripts of a release (docs/deploy.md); sourced, at the root of the
# tree. From the environment:
#
#   DEPLOY_TARGET  azure or compose: the file beside this one that knows how
#   DEPLOY_TAG     the commit that is released, and the tag of its images
#   REGISTRY       where the images are: HOST[:PORT][/PATH]
#
# A target has two places, production and staging, and these functions:
#
#   target_login           lets docker push to the registry
#   target_migrate         brings the schema up to what the release needs
#   target_stage           starts the release in staging, where nobody else sees
#                          it
#   target_get PLACE PATH  prints what a page of a place answers, if with 200
#   target_serves          does production serve the release?
#   target_swap            production and staging change places; all or nothing
#   target_clear           stops what is in staging
#   target_storage         prints the container of the static files and a token
#                          for it; nothing where nginx alone has them
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

say() {
    printf '%s: %s\n' "${0##*/}" "$*"
}

# need NAME…: these have a value, of characters that mean nothing to anybody
need() {
    local name
    for name in "$@"; do
        case ${!name-} in
        '') die "set $name (docs/deploy.md)" ;;
        *[!A-Za-z0-9._:/-]*) die "$name: \"${!name}\" is none" ;;
        esac
    done
}

need DEPLOY_TARGET DEPLOY_TAG REGISTRY
case $DEPLOY_TARGET in
azure | compose) ;;
*) die "DEPLOY_TARGET: there are azure and compose" ;;
esac
# shellcheck disable=SC2034
readonly APP=$REGISTRY/personal-tech:$DEPLOY_TAG
# shellcheck disable=SC2034
readonly NGINX=$REGISTRY/personal-tech-nginx:$DEPLOY_TAG
# shellcheck source=scripts/deploy/compose.sh
. "scripts/deploy/$DEPLOY_TARGET.sh"
