-- Who changed what is set up, and which of its fields. agent_id and token_id are NULL for the operator's command line.
-- The API writes and reads entries and changes none; they end by their age alone.
CREATE TABLE audit (
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    id         uuid NOT NULL,
    agent_id   uuid,
    token_id   uuid,
    operation  text NOT NULL,
    kind       text NOT NULL,
    subject_id uuid NOT NULL,
    changes    json NOT NULL,
    PRIMARY KEY (account_id, created_at, id)
);
CREATE INDEX audit_age ON audit (created_at);

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON audit TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON audit TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON audit TO lupaus_worker USING (true);
GRANT SELECT, INSERT ON audit TO lupaus_app;
GRANT SELECT, DELETE, UPDATE ON audit TO lupaus_worker;
