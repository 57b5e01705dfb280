# shellcheck shell=bash
# A release on Azure App Service; sourced by lib.sh. Somebody has logged in (az
# login, azure/login). The names of what there is:
#
#   AZURE_RESOURCE_GROUP AZURE_WEBAPP AZURE_LOCATION
#   AZURE_REGISTRY         name of the container registry
#   AZURE_KEY_VAULT        has the secret database-url
#   AZURE_MIGRATE_SUBNET   id of a subnet that containers may be put into and
#                          that reaches the database
#   AZURE_MIGRATE_IDENTITY id of an identity that may pull images
#   AZURE_STORAGE          account of the static files; empty: nginx alone has
#                          them
#   SITE_URL               address of production
#
# The app has four containers, nginx (the main one), worker, jobs and redis-tls,
# which no release changes, and a slot named staging (azure/web.json).
readonly SLOT=staging GET_S=30 MIGRATE_S=900
need AZURE_RESOURCE_GROUP AZURE_WEBAPP

webapp() {
    az webapp "$@" --resource-group "$AZURE_RESOURCE_GROUP" \
        --name "$AZURE_WEBAPP" --only-show-errors
}

# container NAME IMAGE: what the slot runs under that name
container() {
    webapp sitecontainers update --slot $SLOT --container-name "$1" \
        --image "$2" --output none
}

target_login() {
    need AZURE_REGISTRY
    az acr login --name "$AZURE_REGISTRY" --only-show-errors
}

# A container that lives for one command; its address of the database is a
# value that Azure does not show.
migrate_spec() {
    local url
    url=$(az keyvault secret show --vault-name "$AZURE_KEY_VAULT" \
        --name database-url --query value --output tsv)
    # one line in single quotes of YAML
    url=${url//"'"/"''"}
    cat <<END
apiVersion: '2021-10-01'
type: Microsoft.ContainerInstance/containerGroups
location: $AZURE_LOCATION
name: $1
identity:
  type: UserAssigned
  userAssignedIdentities:
    ? $AZURE_MIGRATE_IDENTITY
    : {}
properties:
  osType: Linux
  restartPolicy: Never
  subnetIds:
    - id: $AZURE_MIGRATE_SUBNET
  imageRegistryCredentials:
    - server: ${REGISTRY%%/*}
      identity: $AZURE_MIGRATE_IDENTITY
  containers:
    - name: migrate
      properties:
        image: $APP
        command: [ptctl, migrate]
        resources: {requests: {cpu: 1, memoryInGB: 1}}
        environmentVariables:
          - {name: DATABASE_URL, secureValue: '$url'}
END
}

target_migrate() {
    local name=migrate-${DEPLOY_TAG:0:12} spec end=$((SECONDS + MIGRATE_S))
    local state='' group
    need AZURE_LOCATION AZURE_KEY_VAULT AZURE_MIGRATE_SUBNET \
        AZURE_MIGRATE_IDENTITY
    group=(--resource-group "$AZURE_RESOURCE_GROUP" --name "$name"
        --only-show-errors)
    spec=$(mktemp)
    # shellcheck disable=SC2064
    trap "rm -f '$spec'; az container delete ${group[*]} --yes --output none" \
        EXIT
    migrate_spec "$name" >"$spec"
    az container create --resource-group "$AZURE_RESOURCE_GROUP" \
        --file "$spec" --only-show-errors --output none
    until [ "${state%% *}" = Terminated ]; do
        [ $SECONDS -lt $end ] || die "not done after $MIGRATE_S s"
        sleep 5
        # one answer that does not come is no reason to take it away
        state=$(az container show "${group[@]}" --output tsv --query \
            'containers[0].instanceView.currentState.[state, exitCode]' |
            tr '\n\t' '  ') || state=''
    done
    az container logs "${group[@]}"
    [ "$state" = 'Terminated 0 ' ]
}

target_stage() {
    container worker "$APP"
    container jobs "$APP"
    container nginx "$NGINX"
    # stopped it may be, after target_clear
    webapp start --slot $SLOT --output none
}

target_get() {
    local url
    if [ "$1" = production ]; then
        need SITE_URL
        url=$SITE_URL
    else
        url=https://$(webapp show --slot $SLOT --query defaultHostName \
            --output tsv)
    fi
    curl --silent --show-error --fail --max-time $GET_S "$url$2"
}

target_serves() {
    local image
    image=$(webapp sitecontainers show --container-name worker --query image \
        --output tsv) || die "production does not say what it serves"
    [ "$image" = "$APP" ]
}

target_swap() {
    webapp start --slot $SLOT --output none
    webapp deployment slot swap --slot $SLOT --target-slot production \
        --output none
}

target_clear() {
    webapp stop --slot $SLOT --output none
}

target_storage() {
    [ -n "${AZURE_STORAGE-}" ] || return 0
    echo "https://$AZURE_STORAGE.blob.core.windows.net/static"
    az account get-access-token --resource https://storage.azure.com/ \
        --query accessToken --output tsv
}
