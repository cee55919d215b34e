-- The desk's tables. Rules that hold for every one of them:
--   account_id leads every primary, unique and foreign key, and row-level security is forced (end of this file);
--   states and kinds are smallint codes, named in the types.hpp of the room that owns the table;
--   no foreign key points at message or event, so that both can be partitioned later by (id) and (created_at).

CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- One row an account, locked last by every writer of events: seq order is commit order. Never the row of the numbers.
CREATE TABLE account_feed (
    account_id uuid PRIMARY KEY REFERENCES account,
    seq        bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

CREATE TABLE account_number (
    account_id uuid PRIMARY KEY REFERENCES account,
    number     bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

CREATE TABLE team (
    account_id uuid NOT NULL REFERENCES account,
    id         uuid NOT NULL,
    name       text NOT NULL,
    mode       smallint NOT NULL DEFAULT 0 CONSTRAINT team_mode_known CHECK (mode BETWEEN 0 AND 1),
    wrap_up_s  int NOT NULL DEFAULT 0 CONSTRAINT team_wrap_up_positive CHECK (wrap_up_s >= 0),
    version    int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT team_name UNIQUE (account_id, name)
);

-- load is the number of weighted open conversations; only the transaction that changes an assignee changes it.
CREATE TABLE agent (
    account_id       uuid NOT NULL REFERENCES account,
    id               uuid NOT NULL,
    name             text NOT NULL,
    email            text NOT NULL,
    role             smallint NOT NULL CONSTRAINT agent_role_known CHECK (role BETWEEN 0 AND 2),
    capacity         int NOT NULL DEFAULT 10 CONSTRAINT agent_capacity_positive CHECK (capacity >= 0),
    load             int NOT NULL DEFAULT 0 CONSTRAINT agent_load_positive CHECK (load >= 0),
    skills           text[] NOT NULL DEFAULT '{}',
    assigned_at      timestamptz,
    resolved_at      timestamptz,
    disabled_at      timestamptz,
    version          int NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT agent_email UNIQUE (account_id, email)
) WITH (fillfactor = 50);

CREATE TABLE team_member (
    account_id uuid NOT NULL,
    team_id    uuid NOT NULL,
    agent_id   uuid NOT NULL,
    PRIMARY KEY (account_id, team_id, agent_id),
    FOREIGN KEY (account_id, team_id) REFERENCES team,
    FOREIGN KEY (account_id, agent_id) REFERENCES agent
);
CREATE INDEX team_member_agent ON team_member (account_id, agent_id);

-- What an agent chose and when they were last seen; `settled` is the effective state the desk has acted on.
CREATE TABLE presence (
    account_id uuid NOT NULL,
    agent_id   uuid NOT NULL,
    state      smallint NOT NULL CONSTRAINT presence_state_known CHECK (state BETWEEN 0 AND 3),
    until      timestamptz,
    seen_at    timestamptz NOT NULL,
    settled    smallint NOT NULL DEFAULT 3,
    PRIMARY KEY (account_id, agent_id),
    FOREIGN KEY (account_id, agent_id) REFERENCES agent
) WITH (fillfactor = 50);
CREATE INDEX presence_unsettled ON presence (account_id, agent_id) WHERE settled <> 3;

-- Secrets are sealed with the program's key (secret.key_file); the database alone cannot sign anything.
CREATE TABLE channel (
    account_id      uuid NOT NULL REFERENCES account,
    id              uuid NOT NULL,
    kind            smallint NOT NULL,
    name            text NOT NULL,
    team_id         uuid,
    skill           text,
    weight          int NOT NULL DEFAULT 1 CONSTRAINT channel_weight_positive CHECK (weight BETWEEN 0 AND 100),
    secret          bytea,
    secret_previous bytea,
    outbound_url    text,
    outbound_secret bytea,
    live_since      timestamptz NOT NULL DEFAULT now(),
    disabled_at     timestamptz,
    version         int NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, team_id) REFERENCES team
);
CREATE INDEX channel_id ON channel (id);

CREATE TABLE contact (
    account_id uuid NOT NULL,
    id         uuid NOT NULL,
    name       text NOT NULL DEFAULT '',
    email      text,
    phone      text,
    blocked_at timestamptz,
    version    int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);

CREATE TABLE address (
    account_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    address    text NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (account_id, channel_id, address)
);
CREATE INDEX address_contact ON address (account_id, contact_id);

-- Arrival order of everything, inbound and outbound. It orders; ids never do.
CREATE SEQUENCE arrival_seq CACHE 1;

-- The only judge of duplicates. key: 16 bytes of SHA-256 over type and external id; meaning: the same over what was said.
CREATE TABLE inbound_key (
    account_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    key        uuid NOT NULL,
    meaning    uuid NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (account_id, channel_id, key)
);

-- The bytes as they arrived: written once, never moved.
CREATE TABLE inbound_raw (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    bytes       bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, id)
);
ALTER TABLE inbound_raw ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- The queue. It carries commands, not only messages (kind), so that all routing has one durable path.
CREATE TABLE inbound (
    account_id  uuid NOT NULL,
    seq         bigint NOT NULL DEFAULT nextval('arrival_seq'),
    id          uuid NOT NULL,
    kind        smallint NOT NULL DEFAULT 0,
    channel_id  uuid,
    subject_id  uuid,
    payload     text NOT NULL,
    attempts    smallint NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX inbound_seq ON inbound (seq);

-- What could not be routed, with its reason; a retry moves it back into the queue.
CREATE TABLE quarantine (
    account_id     uuid NOT NULL,
    id             uuid NOT NULL,
    channel_id     uuid,
    payload        text NOT NULL,
    error          text NOT NULL,
    received_at    timestamptz NOT NULL,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, id)
);

-- Correctly signed bodies that were refused, and bodies whose id was taken by another meaning; kept for a week.
CREATE TABLE rejection (
    account_id  uuid NOT NULL,
    id          uuid NOT NULL,
    channel_id  uuid NOT NULL,
    reason      smallint NOT NULL CONSTRAINT rejection_reason_known CHECK (reason BETWEEN 0 AND 1),
    external_id text,
    detail      text NOT NULL,
    body        bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replayed_at timestamptz,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX rejection_channel ON rejection (account_id, channel_id, received_at, id);
CREATE INDEX rejection_age ON rejection (received_at);

-- rank_at orders the work: the due time of what is owed, or waiting_since + 24 h where nothing is due.
CREATE TABLE conversation (
    account_id        uuid NOT NULL,
    id                uuid NOT NULL,
    number            bigint NOT NULL,
    contact_id        uuid NOT NULL,
    channel_id        uuid NOT NULL,
    thread_id         text,
    visibility        smallint NOT NULL DEFAULT 0,
    subject           text NOT NULL DEFAULT '',
    state             smallint NOT NULL DEFAULT 0 CONSTRAINT conversation_state_known CHECK (state BETWEEN 0 AND 3),
    priority          smallint NOT NULL DEFAULT 1 CONSTRAINT conversation_priority_known CHECK (priority BETWEEN 0 AND 3),
    team_id           uuid,
    assignee_id       uuid,
    previous_agent_id uuid,
    previous_id       uuid,
    weight            int NOT NULL DEFAULT 1,
    tags              text[] NOT NULL DEFAULT '{}',
    waiting_since     timestamptz,
    owed_id           uuid,
    owed_kind         smallint,
    owed_opened_at    timestamptz,
    due_at            timestamptz,
    rank_at           timestamptz,
    begun             boolean NOT NULL DEFAULT false,
    snoozed_until     timestamptz,
    resolved_at       timestamptz,
    last_message_at   timestamptz NOT NULL,
    version           int NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX conversation_number ON conversation (account_id, number);
CREATE INDEX conversation_contact ON conversation (account_id, contact_id, channel_id, number);
CREATE UNIQUE INDEX conversation_thread ON conversation (account_id, channel_id, thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX conversation_newest ON conversation (account_id, state, last_message_at, id);
CREATE INDEX conversation_mine ON conversation (account_id, assignee_id, last_message_at, id) WHERE assignee_id IS NOT NULL AND state < 3;
CREATE INDEX conversation_waiting ON conversation (account_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversation_due ON conversation (account_id, rank_at, id) WHERE rank_at IS NOT NULL;
CREATE INDEX conversation_unassigned ON conversation (account_id, team_id, rank_at, id)
    WHERE state = 0 AND assignee_id IS NULL AND rank_at IS NOT NULL;

-- A conversation with what every answer and event shows of its contact. It checks rights as its reader.
CREATE VIEW conversation_row WITH (security_invoker = true) AS
SELECT c.account_id, c.id, c.number, c.contact_id, c.channel_id, c.thread_id, c.visibility, c.subject, c.state, c.priority,
       c.team_id, c.assignee_id, c.previous_agent_id, c.previous_id, c.weight, c.tags, c.waiting_since, c.owed_id,
       c.owed_kind, c.owed_opened_at, c.due_at, c.rank_at, c.begun, c.snoozed_until, c.resolved_at, c.last_message_at,
       c.version, c.created_at,
       (SELECT k.name FROM contact k WHERE k.account_id = c.account_id AND k.id = c.contact_id) AS contact_name
FROM conversation c;
GRANT SELECT ON conversation_row TO lupaus_app, lupaus_worker;

-- The order within a conversation is (ordered_at, seq): the channel's time where it is trusted, else arrival.
CREATE TABLE message (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    conversation_id uuid NOT NULL,
    seq             bigint NOT NULL,
    ordered_at      timestamptz NOT NULL,
    direction       smallint NOT NULL,
    kind            smallint NOT NULL,
    author_type     smallint NOT NULL,
    author_id       uuid,
    author_name     text NOT NULL DEFAULT '',
    text            text NOT NULL DEFAULT '',
    html            text,
    external_id     text,
    delivery_state  smallint,
    history         boolean NOT NULL DEFAULT false,
    sent_at         timestamptz,
    settled_id      uuid,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX message_thread ON message (account_id, conversation_id, ordered_at, seq);

-- Bytes live in the content-addressed store; any number of rows may name the same ones. position: as the message had them.
CREATE TABLE attachment (
    account_id   uuid NOT NULL,
    id           uuid NOT NULL,
    message_id   uuid NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    size_bytes   bigint NOT NULL,
    sha256       text NOT NULL,
    position     int NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
CREATE INDEX attachment_message ON attachment (account_id, message_id);

-- Service promises: a target for whatever matches every condition that is set; the most specific one wins.
CREATE TABLE policy (
    account_id      uuid NOT NULL REFERENCES account,
    id              uuid NOT NULL,
    kind            smallint NOT NULL,
    target_s        int NOT NULL CONSTRAINT policy_target_positive CHECK (target_s > 0),
    warn_lead_s     int CONSTRAINT policy_warn_lead_positive CHECK (warn_lead_s > 0),
    leads_after_s   int NOT NULL CONSTRAINT policy_leads_after_positive CHECK (leads_after_s >= 0),
    account_after_s int NOT NULL CONSTRAINT policy_account_after_ordered CHECK (account_after_s >= leads_after_s),
    channel_id      uuid,
    team_id         uuid,
    priority        smallint,
    visibility      smallint,
    version         int NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);

-- The ledger. An open promise has next_alert_at; level is the highest that was raised (-1: none yet).
CREATE TABLE promise (
    account_id         uuid NOT NULL,
    id                 uuid NOT NULL,
    conversation_id    uuid NOT NULL,
    kind               smallint NOT NULL,
    source             smallint NOT NULL DEFAULT 0,
    policy_id          uuid,
    channel_id         uuid NOT NULL,
    team_id            uuid,
    waiting_since      timestamptz NOT NULL,
    opened_at          timestamptz NOT NULL,
    due_at             timestamptz,
    warn_at            timestamptz,
    leads_at           timestamptz,
    account_at         timestamptz,
    next_alert_at      timestamptz,
    level              smallint NOT NULL DEFAULT -1,
    held_until         timestamptz,
    settled_at         timestamptz,
    outcome            smallint,
    elapsed_ms         bigint,
    business_ms        bigint,
    settled_agent_id   uuid,
    settled_team_id    uuid,
    settled_message_id uuid,
    delivered_at       timestamptz,
    withdrawn_at       timestamptz,
    reopened_from      uuid,
    PRIMARY KEY (account_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX promise_open ON promise (account_id, conversation_id) WHERE settled_at IS NULL AND kind < 2;
CREATE INDEX promise_alert ON promise (next_alert_at) WHERE next_alert_at IS NOT NULL;
CREATE INDEX promise_settled ON promise (account_id, settled_at) WHERE settled_at IS NOT NULL;

-- subject_id: the promise, or the delivery for `undelivered`. One row for each level of each kind, ever.
CREATE TABLE alert (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    kind            smallint NOT NULL,
    subject_id      uuid NOT NULL,
    level           smallint NOT NULL,
    state           smallint NOT NULL,
    conversation_id uuid,
    promise_id      uuid,
    recipient_type  smallint NOT NULL,
    recipient_id    uuid,
    raised_at       timestamptz NOT NULL,
    noticed_at      timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    ended_at        timestamptz,
    version         int NOT NULL DEFAULT 1,
    PRIMARY KEY (account_id, id),
    CONSTRAINT alert_once UNIQUE (account_id, kind, subject_id, level)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX alert_one_firing ON alert (account_id, kind, subject_id) WHERE state < 2;
CREATE INDEX alert_newest ON alert (account_id, state, raised_at, id);
CREATE INDEX alert_conversation ON alert (account_id, conversation_id) WHERE state < 2;

-- Due times that are not promises: snooze ends, undelivered replies, conversations that nobody can take.
CREATE TABLE timer (
    account_id uuid NOT NULL,
    kind       smallint NOT NULL,
    subject_id uuid NOT NULL,
    due_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, kind, subject_id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX timer_due ON timer (due_at);

-- The outbox. body holds the bytes that are sent, and sent again, unchanged.
CREATE TABLE delivery (
    account_id      uuid NOT NULL,
    id              uuid NOT NULL,
    channel_id      uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id      uuid NOT NULL,
    author_id       uuid,
    state           smallint NOT NULL DEFAULT 0,
    attempt         int NOT NULL DEFAULT 0,
    due_at          timestamptz,
    leased_until    timestamptz,
    body            text NOT NULL,
    error           text,
    external_id     text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at         timestamptz,
    PRIMARY KEY (account_id, id)
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX delivery_waiting ON delivery (account_id, channel_id, created_at, id) WHERE state = 0 AND due_at IS NULL;
CREATE INDEX delivery_message ON delivery (account_id, message_id);

CREATE TABLE delivery_attempt (
    account_id  uuid NOT NULL,
    delivery_id uuid NOT NULL,
    attempt     int NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    status      int,
    error       text,
    PRIMARY KEY (account_id, delivery_id, attempt)
);

-- The account's log. data: the conversation as it was after the change and what else the type carries.
CREATE TABLE event (
    account_id      uuid NOT NULL,
    seq             bigint NOT NULL,
    id              uuid NOT NULL,
    type            text NOT NULL,
    actor_type      smallint NOT NULL,
    actor_id        uuid,
    token_id        uuid,
    conversation_id uuid,
    message_id      uuid,
    data            json NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, seq, created_at)
);

CREATE TABLE token (
    account_id uuid NOT NULL REFERENCES account,
    id         uuid NOT NULL,
    hash       bytea NOT NULL,
    prefix     text NOT NULL,
    name       text NOT NULL DEFAULT '',
    role       smallint NOT NULL,
    agent_id   uuid,
    scopes     text[] NOT NULL DEFAULT '{}',
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, agent_id) REFERENCES agent
);
-- The one lookup that does not know its account yet.
CREATE UNIQUE INDEX token_hash ON token (hash);

CREATE TABLE idempotency (
    account_id   uuid NOT NULL,
    token_id     uuid NOT NULL,
    key          text NOT NULL,
    request_hash uuid NOT NULL,
    status       smallint NOT NULL,
    headers      text NOT NULL DEFAULT '{}',
    answer       bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, token_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Before a request knows its account it may ask two questions; both answer exactly one row or none.
CREATE FUNCTION find_token(wanted bytea)
RETURNS TABLE (account_id uuid, id uuid, role smallint, agent_id uuid, agent_name text, agent_role smallint, scopes text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.account_id, t.id, t.role, t.agent_id, a.name, a.role, t.scopes
    FROM token t
    LEFT JOIN agent a ON a.account_id = t.account_id AND a.id = t.agent_id
    WHERE t.hash = wanted
      AND t.revoked_at IS NULL
      AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
      AND a.disabled_at IS NULL
$$;

CREATE FUNCTION find_channel(wanted uuid)
RETURNS TABLE (account_id uuid, kind smallint, secret bytea, secret_previous bytea, live_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.account_id, c.kind, c.secret, c.secret_previous, c.live_since
    FROM channel c
    WHERE c.id = wanted AND c.disabled_at IS NULL
$$;

REVOKE ALL ON FUNCTION find_token(bytea), find_channel(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_token(bytea), find_channel(uuid) TO lupaus_app, lupaus_worker;

-- Row-level security. lupaus_app sees one account, lupaus_worker the accounts it named for this transaction; only the
-- queues are read across accounts. nullif: a pooled session's unset setting is '' and not NULL, and must see no row.
DO $$
DECLARE
    name text;
    queues constant text[] := ARRAY['inbound', 'inbound_key', 'inbound_raw', 'promise', 'timer', 'delivery', 'presence',
                                    'rejection', 'idempotency', 'alert'];
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_account ON %I TO lupaus_app
            USING (account_id = nullif(current_setting('lupaus.account', true), '')::uuid)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lupaus_app, lupaus_worker', name);
        IF name = ANY (queues) THEN
            EXECUTE format('CREATE POLICY worker_queue ON %I TO lupaus_worker USING (true)', name);
        ELSE
            EXECUTE format($p$CREATE POLICY worker_accounts ON %I TO lupaus_worker
                USING (account_id = ANY (nullif(current_setting('lupaus.accounts', true), '')::uuid[]))$p$, name);
        END IF;
    END LOOP;
END
$$;
GRANT USAGE ON SEQUENCE arrival_seq TO lupaus_app, lupaus_worker;
REVOKE INSERT, DELETE ON account, account_feed, account_number FROM lupaus_app, lupaus_worker;
