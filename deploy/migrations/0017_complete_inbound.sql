-- Attachments that were named by an address are fetched after their message was routed. state: 0 there, 1 being fetched,
-- 2 given up, with the reason in error. Without its bytes sha256 is empty.
ALTER TABLE attachment ADD COLUMN state smallint NOT NULL DEFAULT 0 CONSTRAINT attachment_state_known CHECK (state BETWEEN 0 AND 2),
    ADD COLUMN error text;

-- What is yet to be fetched. due_at: the next attempt, or the end of the lease of one that is under way; none: given up,
-- until somebody asks for another try. since and base: when its present round of attempts began, and after which attempt.
CREATE TABLE attachment_fetch (
    account_id    uuid NOT NULL,
    attachment_id uuid NOT NULL,
    url           text NOT NULL,
    attempt       int NOT NULL DEFAULT 0,
    base          int NOT NULL DEFAULT 0,
    since         timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz DEFAULT clock_timestamp(),
    leased_until  timestamptz,
    PRIMARY KEY (account_id, attachment_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX attachment_fetch_due ON attachment_fetch (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE attachment_fetch ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment_fetch FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON attachment_fetch TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON attachment_fetch TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON attachment_fetch TO lupaus_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON attachment_fetch TO lupaus_app, lupaus_worker;
