# The demo account and what a newcomer is told about it: sourced by deploy/run, never run.

# Asks the program for something once and remembers fields of its answer (one JSON object) in $home/demo:
# remember NAME FIELD[,NAME FIELD...] COMMAND. A start that was interrupted goes on where it had stopped.
remember() {
    local wanted="$1" answer pair name field value lines=""
    shift
    [[ -n "${demo[${wanted%% *}]:-}" ]] && return 0
    answer="$("$@")" || die "the demo account could not be made: ${*:2}"
    while IFS= read -r pair; do
        read -r name field <<<"$pair"
        value="$(jq -er --arg field "$field" '.[$field]' <<<"$answer")" || die "no $field in the answer to: ${*:2}"
        demo[$name]="$value"
        lines+="$name=$value"$'\n'
    done < <(tr ',' '\n' <<<"$wanted")
    printf '%s' "$lines" >>"$home/demo"
}

load_demo() {
    local line
    declare -gA demo=()
    [[ -f "$home/demo" ]] || return 0
    # Cut at the first = alone: as a separator of read, the last = of a secret in base64 would be lost.
    while IFS= read -r line; do demo["${line%%=*}"]="${line#*=}"; done <"$home/demo"
}

add_demo_agent() {
    local name="$1" role="$2" key teams=() team
    shift 2
    key="${name,,}"
    for team in "$@"; do teams+=(--team "$team"); done
    remember "${key}_token token,${key}_id id" "$lupaus" agent add --account "${demo[account]}" --name "$name" \
        --email "$key@desk.example" --role "$role" "${teams[@]}"
}

make_demo() {
    local account
    load_demo
    [[ -n "${demo[policy]:-}" ]] || say "Creating the demo account"
    remember "account id,admin_token admin_token" "$lupaus" account create --name "Demo desk"
    account="${demo[account]}"
    remember "support id" "$lupaus" team add --account "$account" --name "Support" --mode automatic
    remember "billing id" "$lupaus" team add --account "$account" --name "Billing" --mode automatic
    add_demo_agent Maija agent "${demo[support]}"
    add_demo_agent Pekka agent "${demo[support]}"
    add_demo_agent Sofia agent "${demo[billing]}"
    add_demo_agent Leena lead "${demo[support]}" "${demo[billing]}"
    remember "webhook_secret secret,webhook_path path,channel id" "$lupaus" channel add --account "$account" \
        --kind webhook --name "Website chat" --team "${demo[support]}"
    remember "policy id" "$lupaus" policy add --account "$account" --kind first_reply --target 2m
}

# Replies go to the mail server of this start, whose ports move with --port.
make_demo_mail() {
    remember "mail_channel id" "$lupaus" channel add --account "${demo[account]}" --kind email --name "Support mail" \
        --team "${demo[support]}" --address support@shop.example --sender-name "Shop" \
        --smtp-host 127.0.0.1 --smtp-port "$smtp_port" --smtp-security none
    [[ "${demo[smtp_port]:-}" != "$smtp_port" ]] || return 0
    printf 'header = "Authorization: Bearer %s"\n' "${demo[admin_token]}" |
        curl -fsS -m 10 -K - -o /dev/null -X PATCH -H 'Content-Type: application/json' \
            -d "{\"email\":{\"smtp\":{\"port\":$smtp_port}}}" "$desk_url/v1/channels/${demo[mail_channel]}" ||
        die "the mail channel could not be set up"
    printf 'smtp_port=%s\n' "$smtp_port" >>"$home/demo"
}

export_line() { printf "export %s='%s'\n" "$1" "${2//\'/\'\\\'\'}"; }

write_mail_env() {
    export_line LUPAUS_MAIL_SMTP "127.0.0.1:$smtp_port"
    export_line LUPAUS_MAIL_IMAP "imap://127.0.0.1:$imap_port"
    export_line LUPAUS_MAIL_PASSWORD "$(keep_secret "$state/mail.secrets" mailboxes)"
    export_line LUPAUS_MAIL_CHANNEL_ID "${demo[mail_channel]}"
}

# Appears complete or not at all: whoever waits for it may source it at once.
write_env() {
    {
        export_line LUPAUS_URL "$desk_url"
        export_line LUPAUS_ADMIN_TOKEN "${demo[admin_token]}"
        export_line LUPAUS_LEAD_TOKEN "${demo[leena_token]}"
        export_line LUPAUS_AGENT_TOKEN "${demo[maija_token]}"
        export_line LUPAUS_CHANNEL_ID "${demo[channel]}"
        export_line LUPAUS_WEBHOOK_URL "$desk_url${demo[webhook_path]}"
        export_line LUPAUS_WEBHOOK_SECRET "${demo[webhook_secret]}"
        export_line LUPAUS_METRICS_URL "http://127.0.0.1:$metrics_port/metrics"
        export_line LUPAUS_DATABASE_URL "$database_url"
        ((!with_mail)) || write_mail_env
    } >"$state/env.new"
    mv "$state/env.new" "$state/env"
}

# Addresses and secrets travel in the environment: a command line is there for every user of the machine to read.
start_simulator() {
    say "Invented customers and agents are at work; Ctrl-C ends them and the desk"
    LUPAUS_URL="$desk_url" LUPAUS_ADMIN_TOKEN="${demo[admin_token]}" \
        LUPAUS_WEBHOOK_URL="$desk_url${demo[webhook_path]}" LUPAUS_WEBHOOK_SECRET="${demo[webhook_secret]}" \
        setsid setpriv --pdeathsig TERM "$lupaus" simulate 8>&- </dev/null &
    simulator_pid=$!
}

print_mail_tour() {
    cat <<EOF
  # mail: a customer writes, and finds the answer in her mailbox (every name @customer.example has one)
  swaks --silent --server \$LUPAUS_MAIL_SMTP --from aino@customer.example --to support@shop.example \\
      --header 'Subject: My lamp' --body 'Where is it?'
  curl -sS --user "aino:\$LUPAUS_MAIL_PASSWORD" "\$LUPAUS_MAIL_IMAP/INBOX;MAILINDEX=1"

EOF
}

print_tour() {
    cat <<EOF

The desk is open: $desk_url   (pages: $desk_url/docs, metrics: http://127.0.0.1:$metrics_port/metrics)
Agents Maija and Pekka (Support), Sofia (Billing), their lead Leena; every first reply is promised within 2 minutes.
Webhooks may go to this machine itself: LUPAUS_EGRESS_ALLOW=$LUPAUS_EGRESS_ALLOW

A short tour, in another shell:

  cd $repo && source .lupaus/env
  desk() { curl -sS -H "Authorization: Bearer \$LUPAUS_AGENT_TOKEN" -H 'Content-Type: application/json' "\$@" | jq; }
  lupaus=${lupaus#"$repo/"}
  customer() { \$lupaus channel send "\$@"; }

  # Maija comes online, and a customer writes
  desk -X PUT "\$LUPAUS_URL/v1/agents/me/presence" -d '{"state":"online"}'
  customer --text 'Hei! Is my bicycle ready?'

  # it is hers, and she owes a first reply
  desk "\$LUPAUS_URL/v1/conversations?view=mine"

  # she answers
  id=\$(desk "\$LUPAUS_URL/v1/conversations?view=mine" | jq -r '.items[0].id')
  desk "\$LUPAUS_URL/v1/conversations/\$id/messages" -d '{"text":"Hei! You can fetch it at four."}'

  # a customer whom nobody answers: after 90 seconds the desk warns, after 120 the reply is overdue
  customer --sender u2 --text 'Anybody there?'
  desk "\$LUPAUS_URL/v1/alerts"

EOF
    ((!with_mail)) || print_mail_tour
    cat <<EOF
  # more teams, agents, channels, tokens: README.md, "Accounts, agents, channels, tokens"
  export LUPAUS_SECRET_KEY_FILE=$home/secret.key
  \$lupaus account list

EOF
}
