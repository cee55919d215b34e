# How the scripts of this folder speak: sourced, never run. `program` is the name that errors carry.
export LC_ALL=C.UTF-8
unset CDPATH

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$program" "$*" >&2; exit 1; }

# No step fails in silence.
set -E
trap 'printf "%s: a step failed: %s (line %s)\n" "$program" "$BASH_COMMAND" "$LINENO" >&2' ERR

# A child in the background of a script ignores Ctrl-C, so the signal has to be handed on.
watched=""
end_on_signal() {
    if [[ -n "$watched" ]]; then
        kill -TERM "$watched" 2>/dev/null || true
        wait "$watched" || true
    fi
    exit 130
}
trap end_on_signal INT TERM HUP

# Waits for a child, with a line every ten seconds so that nobody thinks it hangs: the time and the last line of LOG
# (none where the child speaks for itself). Returns the child's status.
watch_child() {
    local pid="$1" log="${2:-}" started=$SECONDS next=10 status=0
    watched="$pid"
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.05
        if [[ -n "$log" ]] && ((SECONDS - started >= next)); then
            say "  ... $((SECONDS - started)) s  $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-90)"
            next=$((next + 10))
        fi
    done
    wait "$pid" || status=$?
    watched=""
    return "$status"
}

# Runs a command with its output in a log, shown only as progress, and as its last lines when the command fails.
run_logged() {
    local log="$1" status=0
    shift
    "$@" >"$log" 2>&1 </dev/null &
    watch_child $! "$log" || status=$?
    ((status == 0)) && return 0
    tail -n 40 "$log" >&2
    printf '%s: failed: %s (log: %s)\n' "$program" "$*" "$log" >&2
    return "$status"
}

# How many compilers may run at once: the widest files take more than 1 GB each.
build_jobs() {
    local processors memory
    processors="$(nproc)"
    memory="$(awk '/^MemAvailable:/ { print int($2 / 1300000) }' /proc/meminfo)"
    ((memory > 0)) || memory=1
    printf '%s\n' "$((processors < memory ? processors : memory))"
}
