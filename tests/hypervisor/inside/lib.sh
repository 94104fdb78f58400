# What the scripts that run inside dom0 share: they come there as /root/inside, with tests/lib.sh beside
# them, print ok and not ok lines, and leave what is judged outside in /tmp/out. Source it.
. /root/inside/lib-suite.sh
domtop=/root/domtop
out=/tmp/out
mkdir -p $out

same() { # NAME WANTED GOT; there is no diff here
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted: $2" "got: $3"; fi
}
step() { echo "# (dom0) $*"; }

# Until a command says so; false after COUNT tries (300), a fifth of a second apart and more.
until_true() {
    local i
    for ((i = 0; i < ${COUNT:-300}; i++)); do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}

# A guest like idle, without devices, paused, that answers to sysrq keys and stays when it crashed or
# shut down.
guest_create() { # NAME
    rm -f "/var/log/xen/console/guest-$1.log"
    sed "s/^name = .*/name = \"$1\"/; s/^vif = .*/vif = []/; s/^disk = .*/disk = []/
         s/^extra = \"/&sysrq_always_enabled /
         s/^on_crash.*/on_crash = \"preserve\"\non_poweroff = \"preserve\"/" /etc/xen/idle.cfg >"/tmp/$1.cfg"
    xl create -q -p "/tmp/$1.cfg"
}
# Its own program says on its console that it runs; its kernel listens to sysrq keys by then.
guest_up() { grep -qs '^guest .* up' "/var/log/xen/console/guest-$1.log"; }

# A domain's state in batch, and one of its fields in JSON.
state() { $domtop -b -i 1 -f | awk -v name="$1" '$1 == name {print $2}'; }
state_is() { [[ $(state "$1") =~ $2 ]]; }
field() { # NAME FIELD
    $domtop --json -i 1 | tr '{' '\n' | grep "\"name\":\"$1\"" | sed -n "s/.*\"$2\":\"\?\([^\",]*\).*/\1/p"
}

# Milliseconds that a command takes.
took() {
    local start
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1
    echo $((($(date +%s%N) - start) / 1000000))
}
# Exits 1 and says NEEDLE, within a second or LIMIT ms. Where the machine is emulated and busy, a program
# only comes up in seconds: that is measured beside it and allowed for.
sentence() { # NAME NEEDLE COMMAND...
    local name=$1 needle=$2 start ms limit
    shift 2
    limit=$((${LIMIT:-1000} + 4 * $(took $domtop --version)))
    start=$(date +%s%N)
    try "$@"
    ms=$((($(date +%s%N) - start) / 1000000))
    same "$name: exits 1" 1 "$status"
    has "$name: says so" "$needle" "$err"
    check "$name: soon ($ms ms of $limit)" test $ms -lt $limit
}
