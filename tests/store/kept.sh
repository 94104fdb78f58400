# Sections of tests/store/run: what waits for its time is on the disk too, so that a kill -9 of all of the
# service costs no more of it than of what is recorded at once.

keeps() { # NAME [ARGUMENT...]: a recorder that has recorded for a moment, with a clock nobody keeps
    tell "$1" 0 rw unsure
    meddled "$@"
    wait_for 10 test -e "$tmp/$1/host.rrd"
    moves "$tmp/$1/host.rrd"
}
kill_all() { # PID: the sampler and its recorder at once
    kill -KILL "$1" "$(child_of "$1")" 2>/dev/null
    wait "$1" 2>/dev/null
}
waiting() { # NAME COUNT: so many samples wait at least, as the newest line says
    [ "$(grep -o '[0-9]* waiting$' "$tmp/$1.log" | tail -n 1 | cut -d' ' -f1)" -ge "$2" ]
}
said() { grep -ce "$2" "$tmp/$1.log"; }
happened_to() { lines "$1" | jq -c 'select(.kind | test("recording|gap|store") | not) | [(.ns / 1e8 | round), .kind, .uuid, .detail]'; }
told_twice() { happened_to "$1" | sort | uniq -d; } # NAME: what happened, and is in the journal twice
whole() { # WHAT NAME FROM TO LOST: at most so many of the seconds after FROM up to TO are missing
    local have
    have=$(known "$tmp/$2/host.rrd" "$3" "$4")
    check "$1 ($have of $(($4 - $3)) s)" test "$have" -ge $(($4 - $3 - $5))
}
clean() { # NAME: what has to hold at the end of each
    wait_for 10 test ! -e "$tmp/$1/.held"
    same "$1: no copy is left" "" "$(ls -A "$tmp/$1" | grep held)"
    same "$1: nothing is told twice" "" "$(told_twice "$1")"
    same "$1: no time was taken back" "" "$(lines "$1" | grep -E 'is dropped|set aside')"
    check "$1: each file is readable" all_readable "$tmp/$1"
}

# -- a start far ahead, killed while it waits: the clock is put right, and then one is that was right
kept_start() {
    local host=$tmp/ahead/host.rrd from to began ahead=$((86400 * 2))
    keeps ahead
    stop $pid
    from=$(last "$host")
    tell ahead $ahead rw unsure
    meddled ahead --verbose --demo=domains=80,pcpus=2,seed=5
    check "a start days ahead waits" wait_for 30 waiting ahead 6
    kill_all $pid
    meddled ahead --verbose --demo=domains=80,pcpus=2,seed=5
    check "after a kill -9 of all of it, samples before it wait on" wait_for 20 waiting ahead 10
    same "of which it says so once" 1 "$(said ahead "samples that waited for their time .* are taken up")"
    same "and nothing has been recorded" "$from" "$(last "$host")"
    check "there are copies of them" test -s "$tmp/ahead/.held"
    check "which nobody else may read" test -z "$(find "$tmp/ahead/.held" -perm /007)"
    tell ahead 0 rw unsure
    check "put right, it is recorded" wait_for 20 later "$host" $((from + 12))
    to=$(last "$host")
    check "under the time that is right" test "$to" -lt $((from + 3600))
    whole "from before the kill too, but an interval for each end" ahead "$from" "$to" 2
    check "what happened then is in the journal" test "$(happened_to ahead | wc -l)" -ge 3
    clean ahead
    stop $pid
    # For good, and killed three times.
    from=$(last "$host")
    tell ahead $ahead rw unsure
    for _ in 1 2 3; do
        meddled ahead --verbose
        wait_for 20 waiting ahead 3
        sleep 2.$((RANDOM % 10))
        kill_all $pid
    done
    meddled ahead --verbose
    check "they add up" wait_for 20 waiting ahead 8
    tell ahead $ahead rw sure
    check "and once it is proven they have its time" wait_for 20 later "$host" $((from + ahead))
    check "and recording goes on" moves "$host"
    to=$(last "$host")
    began=$(rrdtool fetch "$host" AVERAGE -r 1 -s $((from + ahead - 60)) -e "$to" | awk '/: *[^ ]*[0-9]e/ {print $1 + 0; exit}')
    check "from the first of them" test "$began" -le $((from + ahead + 3))
    whole "to the last" ahead "$began" "$to" 4
    clean ahead
    stop $pid
}

# -- a jump forward, killed while it is to be proven: it comes back, and stays
kept_jump() {
    local host=$tmp/jump/host.rrd from to began
    keeps jump --verbose
    from=$(last "$host")
    tell jump 1200 rw unsure
    check "a jump waits" wait_for 10 waiting jump 4
    kill_all $pid
    meddled jump --verbose
    check "and after a kill -9, though it is less than an hour" wait_for 20 waiting jump 8
    tell jump 0 rw unsure
    check "when the old time is back" wait_for 20 later "$host" $((from + 8))
    to=$(last "$host")
    check "all have that" test "$to" -lt $((from + 600))
    whole "from before the kill too" jump "$from" "$to" 2
    clean jump
    moves "$host" && wait_for 10 eval '! waiting jump 2'
    from=$(last "$host")
    tell jump 300 rw unsure
    began=$(($(date +%s) + 300))
    wait_for 10 waiting jump 4
    kill_all $pid
    meddled jump --verbose
    check "one that stays is proven by what was before the kill and after it" wait_for 40 later "$host" $((began + 10))
    check "and no sooner" test $(($(date +%s) + 300 - began)) -ge 28
    to=$(last "$host")
    whole "all of them have the new time" jump "$began" "$to" 3
    clean jump
    stop $pid
    same "the gap is that of the clock" 1 "$(lines jump | jq -c 'select(.kind == "gap" and .to) |
        select(.detail | test("the clock was set forward by 5m"))' | wc -l)"
}

# -- what happened is told, samples of the same time wait on, and all is killed: it is not told again
kept_behind() {
    local host=$tmp/behind/host.rrd from before
    keeps behind
    from=$(last "$host")
    wait_for 60 later "$host" $((from + 28)) # so that the time below is one of a recorded run
    stop $pid
    from=$(last "$host")
    before=$(happened_to behind)
    tell behind 172800 rw unsure
    meddled behind --verbose
    wait_for 20 waiting behind 4
    same "what happened waits with the samples" "$before" "$(happened_to behind)"
    tell behind -25 rw unsure
    told() { [ "$(happened_to behind | wc -l)" -ge $(($(wc -l <<<"$before") + 2)) ]; }
    check "and is told once a clock is known" wait_for 10 told
    check "while they wait on" test "$(last "$host")" = "$from"
    kill_all $pid
    meddled behind --verbose
    wait_for 20 waiting behind 7
    tell behind 0 rw unsure
    check "put right, they are recorded" wait_for 20 later "$host" $((from + 8))
    whole "all of them" behind "$from" "$(last "$host")" 2
    clean behind
    stop $pid
}

# -- killed again and again while they wait
kept_kills() {
    local host=$tmp/again/host.rrd from to n ahead=$((86400 * 30)) c
    keeps again
    stop $pid
    from=$(last "$host")
    tell again $ahead rw unsure
    for ((n = 0; n < 20; n++)); do
        meddled again --verbose
        sleep $((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))
        c=$(child_of $pid)
        case $((RANDOM % 3)) in
        0) kill -KILL $pid ;;
        1) kill -KILL $pid "$c" 2>/dev/null ;;
        2) kill -KILL "$c" 2>/dev/null && sleep 0.5 && kill_all $pid ;;
        esac
        wait $pid 2>/dev/null
    done
    same "after 20 kills nothing is recorded" "$from" "$(last "$host")"
    meddled again --verbose
    sleep 2
    tell again 0 rw unsure
    check "put right, it is recorded" wait_for 20 later "$host" $((from + 20))
    to=$(last "$host")
    whole "no more than an interval for each kill is lost" again "$from" "$to" 22
    clean again
    # Killed as they are handed over: what is recorded is recorded once.
    from=$(last "$host")
    tell again $ahead rw unsure
    wait_for 20 waiting again 8
    kill -STOP "$(child_of $pid)"
    tell again 0 rw unsure
    sleep 2
    kill_all $pid
    meddled again --verbose
    check "what had its time, and was not handed over, gets it again" wait_for 20 later "$host" $((from + 10))
    to=$(last "$host")
    whole "and nothing more is lost" again "$from" "$to" 4
    same "nor is a clock blamed" "" "$(grep "goes on when it has passed" "$tmp/again.log")"
    clean again
    stop $pid
}

# -- a disk that takes no copy: said once, and all goes on in memory; and a recorder killed alone
kept_disk() {
    local host=$tmp/nodisk/host.rrd from
    keeps nodisk --verbose
    from=$(last "$host")
    tell nodisk 86400 ro unsure
    check "that nothing can be kept is told" is_said 10 "$tmp/nodisk.log" "cannot be kept on the disk too: Read-only"
    wait_for 10 waiting nodisk 5
    same "once" 1 "$(said nodisk "cannot be kept on the disk")"
    check "and no copy is there" test ! -s "$tmp/nodisk/.held"
    tell nodisk 86400 rw unsure
    check "that it can again is told" is_said 10 "$tmp/nodisk.log" "is kept on the disk again"
    kill -KILL "$(child_of $pid)"
    check "a recorder killed while they wait is started again" is_said 10 "$tmp/nodisk.log" "starting it again"
    wait_for 10 waiting nodisk 10
    kill_all $pid
    meddled nodisk --verbose
    check "all is there after a kill -9" wait_for 20 waiting nodisk 12
    tell nodisk 0 rw unsure
    check "put right, it is recorded" wait_for 20 later "$host" $((from + 12))
    whole "what was in memory only for a while too" nodisk "$from" "$(last "$host")" 2
    clean nodisk
    stop $pid
    mkdir "$tmp/fill"
    if ! mount -t tmpfs -o size=12m none "$tmp/fill" 2>/dev/null; then
        echo "# skipped: keeping on a full disk (no mount here)"
        return
    fi
    mounts+=("$tmp/fill")
    host=$tmp/fill/store/host.rrd
    keeps fill/store --verbose
    sleep 3
    head -c 12m /dev/zero >"$tmp/fill/filler" 2>/dev/null
    from=$(last "$host")
    tell fill/store 86400 rw unsure
    check "on a full disk that is told too" is_said 10 "$tmp/fill/store.log" "cannot be kept on the disk too: No space"
    wait_for 10 waiting fill/store 5
    rm "$tmp/fill/filler"
    check "and that there is room again" is_said 10 "$tmp/fill/store.log" "is kept on the disk again"
    kill_all $pid
    meddled fill/store --verbose
    check "then a kill costs as little" wait_for 20 waiting fill/store 7
    tell fill/store 0 rw unsure
    wait_for 20 later "$host" $((from + 8))
    whole "of what was sampled meanwhile" fill/store "$from" "$(last "$host")" 2
    clean fill/store
    stop $pid
}
