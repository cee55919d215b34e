# The desk's database: sourced by deploy/run, never run. Either a private server below .lupaus, or one that the
# operator gave; both end as three URLs, of the owner (migrations), the API and the workers.

random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

# A value that is made once and then remembered in a private file: keep_secret FILE NAME.
keep_secret() {
    local file="$1" name="$2" value
    [[ -f "$file" ]] || : >"$file"
    value="$(sed -n "s/^$name=//p" "$file")"
    if [[ -z "$value" ]]; then
        value="$(random_hex 24)"
        printf '%s=%s\n' "$name" "$value" >>"$file"
    fi
    printf '%s\n' "$value"
}

# Statements come on standard input and the password in the environment: neither shows in the list of processes.
query() {
    local url="$1" password=""
    if [[ "$url" =~ ^([a-z]+://[^:/?@]*):([^/?@]*)@(.*)$ ]]; then
        url="${BASH_REMATCH[1]}@${BASH_REMATCH[3]}"
        password="$(printf '%b' "${BASH_REMATCH[2]//%/\\x}")"
    fi
    PGCONNECT_TIMEOUT=10 PGPASSWORD="$password" "$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$url"
}

role_statement() {
    local role="$1" password="$2" rights="$3"
    printf '%s\n' "SELECT 'CREATE ROLE $role LOGIN $rights NOSUPERUSER NOCREATEROLE NOBYPASSRLS" \
        "PASSWORD ''$password'''" "WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$role') \\gexec"
}

# The folder of a server of ours: private_folder NAME USER. Where its user cannot enter the work tree (root's home is
# closed to everybody else) the data goes to /var/lib and .lupaus/NAME is a link to it.
private_folder() {
    local wanted="$state/$1" user="$2" elsewhere
    if [[ ! -e "$wanted" ]]; then
        make_folder_of "$user" "$wanted"
        if ! as_user "$user" test -w "$wanted"; then
            elsewhere="/var/lib/lupaus/$(printf '%s' "$state" | sha256sum | cut -c 1-12)-$1"
            rmdir "$wanted"
            install -d -m 0755 /var/lib/lupaus
            make_folder_of "$user" "$elsewhere"
            ln -s "$elsewhere" "$wanted"
            say "The user $user cannot enter $state, so its data lives in $elsewhere" >&2
        fi
    fi
    readlink -f "$wanted"
}

remove_private_folder() {
    local wanted="$state/$1" real
    [[ -e "$wanted" || -L "$wanted" ]] || return 0
    real="$(readlink -f "$wanted")"
    [[ "$real" == "$wanted" || "$real" == /var/lib/lupaus/* ]] || die "$wanted leads to $real: not deleted"
    rm -rf "$real" "$wanted"
}

init_private_server() {
    local folder="$1" password_file="$1/superuser" log="$state/log/initdb.log"
    say "Creating a private PostgreSQL server in $state/pg"
    keep_secret "$state/database.secrets" superuser | as_server tee "$password_file" >/dev/null
    as_server rm -rf "$folder/new"
    as_server "$pg_bin/initdb" --auth=scram-sha-256 --username=postgres --pwfile="$password_file" --locale=C.UTF-8 \
        --encoding=UTF8 -D "$folder/new" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "initdb failed (log: $log)"; }
    as_server rm "$password_file"
    # Renamed when complete, so that an interrupted initdb is never taken for a server. What is remembered of a demo
    # account belonged to an earlier server.
    as_server mv "$folder/new" "$folder/data"
    rm -f "$state/demo"
}

# The port of the last run, or another where somebody else has that one by now.
private_port() {
    local file="$state/pg.port" port=""
    [[ -f "$file" ]] && port="$(<"$file")"
    if [[ -z "$port" ]] || port_is_taken "$port"; then
        port="$(free_port)"
        printf '%s\n' "$port" >"$file"
    fi
    printf '%s\n' "$port"
}

start_private_server() {
    local folder data log port options
    folder="$(private_folder pg postgres)"
    data="$folder/data" log="$folder/server.log"
    [[ -e "$data/PG_VERSION" ]] || init_private_server "$folder"
    if pg_is_running "$data"; then
        say "PostgreSQL is still running from an earlier start"
        return 0
    fi
    port="$(private_port)"
    say "Starting PostgreSQL on 127.0.0.1:$port"
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c fsync=on"
    options+=" -c synchronous_commit=on -c max_connections=100 -c max_wal_size=2GB -c timezone=UTC"
    options+=" -c password_encryption=scram-sha-256 -c log_line_prefix=%m[%p]%u@%d/"
    pg_start "$data" "$log" "$options" && return 0
    as_server tail -n 20 "$log" >&2
    die "PostgreSQL does not start (log: $log)"
}

stop_private_server() {
    local data
    [[ -e "$state/pg" ]] || return 0
    data="$(readlink -f "$state/pg")/data"
    pg_is_running "$data" || return 0
    pg_stop "$data" fast || pg_stop "$data" immediate || say "PostgreSQL does not stop (data: $data)" >&2
}

# Sets database_url, app_url and worker_url.
use_private_database() {
    local secrets="$state/database.secrets" at owner app worker superuser
    start_private_server
    at="127.0.0.1:$(<"$state/pg.port")"
    superuser="postgresql://postgres:$(keep_secret "$secrets" superuser)@$at/postgres"
    owner="$(keep_secret "$secrets" owner)"
    app="$(keep_secret "$secrets" app)"
    worker="$(keep_secret "$secrets" worker)"
    {
        role_statement lupaus_owner "$owner" CREATEDB
        role_statement lupaus_app "$app" NOCREATEDB
        role_statement lupaus_worker "$worker" NOCREATEDB
        printf '%s\n' "SELECT 'CREATE DATABASE lupaus OWNER lupaus_owner'" \
            "WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'lupaus') \\gexec"
    } | query "$superuser" || die "the private database could not be prepared"
    database_url="postgresql://lupaus_owner:$owner@$at/lupaus"
    app_url="postgresql://lupaus_app:$app@$at/lupaus"
    worker_url="postgresql://lupaus_worker:$worker@$at/lupaus"
}

# The same server and database, as somebody else: url_of_role URL ROLE PASSWORD.
url_of_role() {
    [[ "$1" =~ ^(postgres(ql)?://)([^/?@]*@)?(.*)$ ]] || return 1
    printf '%s%s:%s@%s\n' "${BASH_REMATCH[1]}" "$2" "$3" "${BASH_REMATCH[4]}"
}

# Host, port and database alone: the same for every user and password.
place_of_url() { sed -E 's,^[a-z]+://([^/?@]*@)?,,; s,\?.*$,,' <<<"$1"; }

# The given user owns and migrates; the two plain roles are made where they are missing. Roles belong to a whole server,
# so passwords that exist are never changed: another desk may use them.
use_given_database() {
    local secrets="$home/database.secrets" app worker url
    local set_the_urls="set LUPAUS_DATABASE_APP_URL and LUPAUS_DATABASE_WORKER_URL"
    app="$(keep_secret "$secrets" app)"
    worker="$(keep_secret "$secrets" worker)"
    database_url="$1"
    url_of_role "$database_url" x x >/dev/null ||
        die "--database-url needs the form postgresql://user:password@host:port/database"
    query "$database_url" <<<'SELECT 1' >/dev/null || die "the given database does not answer"
    if [[ -n "$given_app_url" && -n "$given_worker_url" ]]; then
        app_url="$given_app_url" worker_url="$given_worker_url"
    else
        app_url="$(url_of_role "$database_url" lupaus_app "$app")"
        worker_url="$(url_of_role "$database_url" lupaus_worker "$worker")"
        { role_statement lupaus_app "$app" NOCREATEDB; role_statement lupaus_worker "$worker" NOCREATEDB; } |
            query "$database_url" || die "the given user cannot create the roles lupaus_app and lupaus_worker:" \
            "have them made (LOGIN, nothing more) and $set_the_urls"
    fi
    for url in "$app_url" "$worker_url"; do
        query "$url" <<<'SELECT 1' >/dev/null || die "the roles lupaus_app and lupaus_worker exist in the given" \
            "server, with passwords that this desk does not know: $set_the_urls"
    done
}
