# A PostgreSQL 15 server of our own: sourced by deploy/run and by the tests, never run.
# Every function takes the server's data folder; the server's own folders belong to `pg_user`.
pg_bin="/usr/lib/postgresql/15/bin"

# PostgreSQL refuses to run as root, so root hands it to the user that Debian's package made.
pg_user() { if ((EUID == 0)); then printf 'postgres\n'; else id -un; fi; }

# Runs a command as the user that a server's package made, in a folder that it can read and with nothing of our
# environment; as ourselves where we are not root: as_user USER COMMAND...
as_user() {
    local user="$1" command=(env -i PATH="$pg_bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "${@:2}")
    if ((EUID == 0)); then command=(setpriv --reuid="$user" --regid="$user" --init-groups "${command[@]}"); fi
    # Descriptor 8 is a lock of deploy/run, which a server must not outlive it with.
    (cd / && exec "${command[@]}") 8>&-
}
as_server() { as_user postgres "$@"; }

# Makes a folder that only that user may enter: make_folder_of USER FOLDER.
make_folder_of() {
    mkdir -p "$2"
    chmod 0700 "$2"
    if ((EUID == 0)); then chown "$1:$1" "$2"; fi
}
pg_make_folder() { make_folder_of postgres "$1"; }

port_is_taken() { (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null; }

# A free loopback port below the range from which the kernel hands out ports of its own.
free_port() {
    local port attempt
    for attempt in {1..50}; do
        port=$((15000 + RANDOM % 17000))
        port_is_taken "$port" || { printf '%s\n' "$port"; return 0; }
    done
    die "no free loopback port found"
}

pg_is_running() { [[ -e "$1/PG_VERSION" ]] && as_server "$pg_bin/pg_ctl" -D "$1" status >/dev/null 2>&1; }

# pg_start DATA LOG OPTIONS: returns when the server answers; the log is the server user's own file.
pg_start() { as_server "$pg_bin/pg_ctl" -D "$1" -l "$2" -o "$3" -t 50 -w start >/dev/null 2>&1 </dev/null; }

# pg_stop DATA [fast|immediate]
pg_stop() { as_server "$pg_bin/pg_ctl" -D "$1" -m "${2:-fast}" -t 50 -w stop >/dev/null 2>&1; }
