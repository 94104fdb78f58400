# The dashboard in dom0, in a terminal of tmux's that leads there: every view with guests at work, and
# what happened while it looked on. Source it after lib.sh; screen_end ends it.
screen=domtop-hypervisor-$$
unset TMUX
mux() { tmux -L $screen -f /dev/null "$@"; }
keys() { mux send-keys "$@"; }
screen_end() { mux kill-server 2>/dev/null; }

# shows NAME TEXT [KEY...]: after the keys the screen shows the text within a minute.
shows() {
    local name=$1 text=$2 i
    shift 2
    [ $# = 0 ] || keys "$@"
    for ((i = 0; i < 300; i++)); do
        if mux capture-pane -p | grep -q -e "$text"; then
            ok "$name"
            return
        fi
        sleep 0.2
    done
    not_ok "$name" "no \"$text\" in:" "$(mux capture-pane -p)"
}
screen_gone() { ! mux has-session 2>/dev/null; }

screen_start() {
    mux new-session -d -x 140 -y 45 "hypervisor/hv exec --tty $vm -- /root/domtop -d 1" \; set -g status off
}
# Guests at work; $tmp/out holds what xl and xenstore say of them.
screen_views() {
    shows "domains: the guests with their rates" 'router .*[0-9]\.[0-9]'
    shows "detail: who it is" 'domid [0-9]' / w e b Enter Enter
    shows "detail: its uuid is xl's" "$(awk '$3 == "web" || $NF == "web" {print $1}' "$tmp/out/vms")"
    shows "detail: since when, by the toolstack" \
        "up [0-9a-z ]*  started $(date -u "+%Y-%m-%d %H:%M:%S" -d "@$(cut -d . -f 1 "$tmp/out/web.start")")"
    shows "detail: its memory against what it may have" '[-╌] *\(target\|max\) [0-9.]*M'
    shows "detail: its network" 'xenbr0\|vif[0-9]'
    shows "vcpus" 'Domain-0 .*online' 3
    shows "networks: the router's two" 'router .*vif[0-9]*\.1' 4
    shows "disks: the database's" 'db .*xvda' 5
    shows "host: the memory map" 'Xen (est.)' 6
    shows "host: dom0's steal" 'steal  *[0-9]'
    shows "events: none bad so far" 'newest first' 7
}
# After inside/life, whose first guest was created, paused, let go on, crashed and destroyed.
screen_events() {
    shows "one created while watched is told" 'doomed  *\(created\|started\)' 7
    shows "a pause is told" 'doomed  *paused'
    shows "and its end" 'doomed  *unpaused'
    shows "a crash is told" '! *doomed  *crashed'
    shows "that it is gone is told" 'doomed  *\(destroyed\|gone\|shut down\)'
    shows "paused guests are shown so" 'web .*paused' 1
    shows "what the past holds" 'samples over' '!'
    shows "what is read, and through what" 'xenstore  *ok .* ms .* names, start times, .* through libxenstore'
    shows "who gives a number" 'domain  *STARTED  *start_ns  *xenstore ' PageDown
    keys Home
    shows "a sample back it is as it was" 'PAUSED' Escape '['
    shows "Esc goes on" 'router' Escape
    keys q
    check "q leaves" until_true screen_gone
}
