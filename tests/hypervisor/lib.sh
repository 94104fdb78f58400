# What the suites that drive the bundled hypervisor share. Source it after tests/lib.sh, from the
# repository's top; it sets $domtop, $vm and $tmp, and ends and removes what they stand for at exit.
domtop=${BUILD:-build}/domtop
case ${BUILD:-} in */variant-*) domtop=build/domtop ;; esac
vm=$(mktemp -d)
tmp=$(mktemp -d)
trap 'hypervisor/hv stop "$vm" >/dev/null 2>&1; rm -rf "$vm" "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# A command in dom0; SECS is its limit.
dom0() { hypervisor/hv exec --timeout "${SECS:-120}" "$vm" -- "$@"; }
put() { hypervisor/hv put "$vm" "$@"; }
fetch() { hypervisor/hv get "$vm" "$@"; }
step() { echo "# $((SECONDS / 60))m$((SECONDS % 60))s $*"; }

# The scripts of tests/hypervisor/inside into dom0; one of them, run there, with its ok and not ok lines.
bring_inside() {
    cp -r tests/hypervisor/inside "$tmp/" && cp tests/lib.sh "$tmp/inside/lib-suite.sh" && put "$tmp/inside" /root/
}
inside() { SECS=${SECS:-900} dom0 "/root/inside/$*" || { suite_failed=1; return 1; }; }

# Start it with hv's options and put domtop there; false, and said why, when it does not start.
begin() {
    step "starting the bundled hypervisor $*"
    if ! hypervisor/hv start --owner $$ "$@" "$vm" >"$tmp/start.log" 2>&1; then
        not_ok "the bundled hypervisor starts $*" "$(tail -n 20 "$tmp/start.log")"
        return 1
    fi
    ok "the bundled hypervisor starts $*"
    put "$domtop" /root/
}
end() { hypervisor/hv stop "$vm" >/dev/null 2>&1; }

# Wait until a command says so; false after a minute.
until_true() {
    local i
    for ((i = 0; i < 60; i++)); do
        "$@" && return 0
        sleep 1
    done
    return 1
}

# Until a guest's own program says on its console that it runs, on a busy machine for minutes; remove
# the log before the guest is made.
booted() { # NAME
    SECS=400 dom0 "for i in \$(seq 1500); do
            grep -qs '^guest .* up' /var/log/xen/console/guest-$1.log && exit 0
            sleep 0.2
        done; tail -n 5 /var/log/xen/console/guest-$1.log; exit 1"
}
# A guest like idle, without devices, but for what the sed commands make of it.
guest_like_idle() { # NAME SED...
    local name=$1
    shift
    dom0 "rm -f /var/log/xen/console/guest-$name.log
          sed 's/^name = .*/name = \"$name\"/; s/^vif = .*/vif = []/; s/^disk = .*/disk = []/; $*' \
              /etc/xen/idle.cfg >/tmp/$name.cfg && xl create -q /tmp/$name.cfg"
}
guests() { # pause | unpause
    dom0 "for g in web db files router batch; do xl $1 \$g; done" >/dev/null 2>&1
}
