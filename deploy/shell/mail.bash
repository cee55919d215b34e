# A mail server for trying things out: sourced by deploy/run, never run. Exim takes mail on a loopback port, puts what
# is for customer.example into Dovecot's mailboxes and hands everything else to the desk by LMTP. That is simpler than a
# mailbox that the desk would fetch: no second password, no folder to be emptied, and every channel is served at once.
# Both work as the users that their packages made and keep everything in folders of their own below .lupaus; nothing
# leaves the machine.

mail_wait_s=20

# fill TEMPLATE NAME=VALUE...: the template with its @NAME@s replaced.
fill() {
    local text pair
    text="$(<"$1")"
    shift
    for pair in "$@"; do text="${text//"@${pair%%=*}@"/"${pair#*=}"}"; done
    printf '%s\n' "$text"
}

# Writes standard input into a file as that user: write_as USER FILE.
write_as() { as_user "$1" tee "$2" >/dev/null; }

# Who the mail servers work as: root hands them to the users that Debian's packages made.
mail_user() { if ((EUID == 0)); then printf '%s\n' "$1"; else id -un; fi; }
mail_group() { id -gn "$(mail_user "$1")"; }

wait_for_mail_port() {
    local name="$1" number="$2" log="$3" waited=0
    until port_is_taken "$number"; do
        sleep 0.1
        waited=$((waited + 1))
        if ((waited >= mail_wait_s * 10)); then
            tail -n 20 "$log" >&2 || true
            die "$name does not listen on 127.0.0.1:$number (log: $log)"
        fi
    done
}

start_dovecot() {
    local folder user group
    folder="$(private_folder dovecot dovecot)"
    # The path of a socket has 107 bytes at most, and Dovecot's own part of it is up to forty.
    ((${#folder} <= 64)) || die "Dovecot cannot work in a folder with so long a name: $folder"
    user="$(mail_user dovecot)" group="$(mail_group dovecot)"
    printf 'any:{PLAIN}%s\n' "$(keep_secret "$state/mail.secrets" mailboxes)" | write_as dovecot "$folder/users"
    fill "$repo/deploy/mail/dovecot.conf" "folder=$folder" "user=$user" "group=$group" "login_user=$user" \
        "mail_user=$user" "mail_group=$group" "imap_port=$imap_port" "lmtp_port=$mailbox_port" |
        write_as dovecot "$folder/dovecot.conf"
    as_user dovecot /usr/sbin/dovecot -c "$folder/dovecot.conf" >"$state/log/dovecot.log" 2>&1 </dev/null || {
        tail -n 20 "$state/log/dovecot.log" >&2
        die "Dovecot does not start (log: $state/log/dovecot.log)"
    }
    wait_for_mail_port Dovecot "$imap_port" "$folder/log"
}

start_exim() {
    local folder
    folder="$(private_folder exim Debian-exim)"
    as_user Debian-exim mkdir -p "$folder/spool" "$folder/log"
    fill "$repo/deploy/mail/exim.conf" "folder=$folder" "user=$(mail_user Debian-exim)" \
        "group=$(mail_group Debian-exim)" "smtp_port=$smtp_port" "desk_port=$lmtp_port" \
        "mailbox_port=$mailbox_port" "mailbox_domains=customer.example" | write_as Debian-exim "$folder/exim.conf"
    as_user Debian-exim /usr/sbin/exim4 -C "$folder/exim.conf" -bd -q10s >"$state/log/exim.log" 2>&1 </dev/null || {
        tail -n 20 "$state/log/exim.log" >&2
        die "Exim does not start (log: $state/log/exim.log)"
    }
    wait_for_mail_port Exim "$smtp_port" "$folder/log/mainlog"
}

start_mail_server() {
    say "Starting a mail server: Exim on 127.0.0.1:$smtp_port, Dovecot on 127.0.0.1:$imap_port"
    start_dovecot
    start_exim
}

# Ends the daemon whose number a file in a folder has, unless it is another program's by now: stop_daemon FOLDER FILE.
stop_daemon() {
    local folder="$state/$1" pid waited=0
    [[ -r "$folder/$2" ]] || return 0
    folder="$(readlink -f "$folder")" pid="$(cat "$folder/$2" 2>/dev/null || true)"
    [[ "$pid" =~ ^[0-9]+$ ]] && grep -qsF -e "$folder/" "/proc/$pid/cmdline" || return 0
    kill -TERM "$pid" 2>/dev/null || true
    while [[ -e "/proc/$pid" ]]; do
        sleep 0.1
        waited=$((waited + 1))
        ((waited != mail_wait_s * 10)) || kill -KILL "$pid" 2>/dev/null || true
        ((waited < mail_wait_s * 20)) || die "process $pid of the mail server does not stop"
    done
}

# Also what an earlier start left behind.
stop_mail_server() {
    stop_daemon exim exim.pid
    stop_daemon dovecot run/master.pid
}

remove_mail_server() {
    stop_mail_server
    remove_private_folder exim
    remove_private_folder dovecot
    rm -f "$state/mail.secrets"
}
