-- Integrators' webhooks: endpoints that are told what happens in an account. What moves with every event lives in a
-- narrow table of its own, beside the settings.

-- types, team_ids and channel_ids: empty means all. token_id: whose doings exclude_own leaves out. Secrets are sealed.
CREATE TABLE webhook (
    account_id      uuid NOT NULL REFERENCES account,
    id              uuid NOT NULL,
    name            text NOT NULL DEFAULT '',
    url             text NOT NULL,
    format          smallint NOT NULL DEFAULT 0 CONSTRAINT webhook_format_known CHECK (format BETWEEN 0 AND 1),
    link_url        text,
    types           text[] NOT NULL DEFAULT '{}',
    team_ids        uuid[] NOT NULL DEFAULT '{}',
    channel_ids     uuid[] NOT NULL DEFAULT '{}',
    token_id        uuid,
    exclude_own     boolean NOT NULL DEFAULT false,
    ordered         boolean NOT NULL DEFAULT false,
    secret          bytea NOT NULL,
    secret_previous bytea,
    disabled_at     timestamptz,
    disabled_reason smallint,
    version         int NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, id)
);

-- How far of the account's log an endpoint has been told, and how it has been answering (the breaker). Locked before any
-- delivery of the endpoint by whoever changes either.
CREATE TABLE webhook_state (
    account_id    uuid NOT NULL,
    webhook_id    uuid NOT NULL,
    cursor        bigint NOT NULL,
    active        boolean NOT NULL DEFAULT true,
    failures      int NOT NULL DEFAULT 0,
    trips         int NOT NULL DEFAULT 0,
    failing_since timestamptz,
    open_until    timestamptz,
    error         text,
    PRIMARY KEY (account_id, webhook_id)
) WITH (fillfactor = 50);

-- The bytes of an event as it was first told: every endpoint and every attempt gets the same ones.
CREATE TABLE webhook_body (
    account_id uuid NOT NULL,
    seq        bigint NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, seq)
);
CREATE INDEX webhook_body_age ON webhook_body (created_at);

-- One event for one endpoint. due_at: the next attempt, or the end of the lease while sending; none: the endpoint is
-- disabled, or it has ended. conversation_id: only where the endpoint is told one thing at a time about a conversation.
-- since and base: when its present round of attempts began, and after which attempt.
CREATE TABLE webhook_delivery (
    account_id      uuid NOT NULL,
    webhook_id      uuid NOT NULL,
    event_id        uuid NOT NULL,
    seq             bigint NOT NULL,
    type            text NOT NULL,
    conversation_id uuid,
    occurred_at     timestamptz NOT NULL,
    state           smallint NOT NULL DEFAULT 0,
    attempt         int NOT NULL DEFAULT 0,
    base            int NOT NULL DEFAULT 0,
    since           timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at          timestamptz,
    leased_until    timestamptz,
    status          int,
    error           text,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at        timestamptz,
    PRIMARY KEY (account_id, webhook_id, event_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_open ON webhook_delivery (account_id, webhook_id, conversation_id, seq) WHERE state < 2;
CREATE INDEX webhook_delivery_newest ON webhook_delivery (account_id, webhook_id, seq, event_id);
CREATE INDEX webhook_delivery_failed ON webhook_delivery (account_id, webhook_id, seq, event_id) WHERE state = 5;
CREATE INDEX webhook_delivery_age ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook', 'webhook_state', 'webhook_body', 'webhook_delivery']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_account ON %I TO lupaus_app
            USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid))$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lupaus_app, lupaus_worker', name);
        IF name = 'webhook' THEN
            EXECUTE format($p$CREATE POLICY worker_accounts ON %I TO lupaus_worker
                USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[]))
                       IS TRUE)$p$, name);
        ELSE
            EXECUTE format('CREATE POLICY worker_queue ON %I TO lupaus_worker USING (true)', name);
        END IF;
    END LOOP;
END
$$;

-- Whose log is ahead of an endpoint that may be told: a question across accounts, answered with ids alone. In any order,
-- so that those whose endpoints take nothing at the moment hide nobody.
CREATE FUNCTION webhooks_behind(wanted int) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.account_id
    FROM webhook_state s
    JOIN account_feed f ON f.account_id = s.account_id AND f.seq > s.cursor
    WHERE s.active AND (s.open_until IS NULL OR s.open_until <= clock_timestamp())
    GROUP BY s.account_id
    ORDER BY random()
    LIMIT wanted
$$;
REVOKE ALL ON FUNCTION webhooks_behind(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION webhooks_behind(int) TO lupaus_worker;
