# shellcheck shell=bash
# For scripts that run several checks one after the other: times, and one line
# for each check. Sourced.

# shellcheck disable=SC2034
PASSED=0 FAILED=0

now_ms() {
    local t=$EPOCHREALTIME # 1700000000.123456, or a comma: locale
    t=${t/[.,]/}
    printf '%s' "${t%???}"
}

# seconds_since MS: prints 12.3
seconds_since() {
    local ms=$(($(now_ms) - $1))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# report STATUS NAME SECONDS [WHAT]
report() {
    printf '%-5s %-16s %6s s  %s\n' "$1" "$2" "$3" "${4-}"
}
