# What the shell suites share: ok/not ok lines, and comparing what a command said.
# Source it; then `check NAME COMMAND...`, or `ok`/`not_ok` by hand.
suite_failed=0
PATH=$PATH:$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/build/unpacked/usr/bin # see packages
ok() { echo "ok $*"; }
not_ok() { # NAME [DETAIL on further lines]
    echo "not ok $1"
    shift
    [ $# = 0 ] || printf '%s\n' "$*" | head -n "${DETAIL:-60}" | sed 's/^/    /'
    suite_failed=1
}
check() { # NAME COMMAND...: passes when the command does; shows what it said when not
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$said"; fi
}
same() { # NAME WANTED GOT
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "$(diff -u <(printf '%s\n' "$2") <(printf '%s\n' "$3") | tail -n +3)"
    fi
}
has() { # NAME NEEDLE TEXT
    case $3 in *"$2"*) ok "$1" ;; *) not_ok "$1" "no '$2' in:" "$3" ;; esac
}
# The first of N ports in a row on which nobody listens, below those that connections are given.
free_ports() {
    local first n used
    while :; do
        first=$((20000 + RANDOM % 12000))
        used=
        for ((n = first; n < first + $1; n++)); do
            grep -qi ":$(printf %04X $n) [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6 && used=1
        done
        [ "$used" ] || break
    done
    echo $first
}
# Until a command succeeds, for so many seconds at most.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}
# Run a command; its output in $out, its standard error in $err, its exit status in $status.
try() {
    local dir
    dir=$(mktemp -d)
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
    out=$(cat "$dir/out") err=$(cat "$dir/err")
    rm -rf "$dir"
}
