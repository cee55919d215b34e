-- Into which folder of its mailbox a channel's sent mails are copied; none: they are not.
ALTER TABLE email_channel ADD COLUMN imap_sent_folder text;

-- Copies that are yet to be made. due_at: the next attempt, or the end of the lease of one that is under way; none: given
-- up, for the reason in error. A row goes with its work; whatever becomes of it, the delivery has ended before.
CREATE TABLE sent_copy (
    account_id  uuid NOT NULL,
    delivery_id uuid NOT NULL,
    channel_id  uuid NOT NULL,
    attempt     int NOT NULL DEFAULT 0,
    due_at      timestamptz DEFAULT clock_timestamp(),
    error       text,
    PRIMARY KEY (account_id, delivery_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX sent_copy_due ON sent_copy (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE sent_copy ENABLE ROW LEVEL SECURITY;
ALTER TABLE sent_copy FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON sent_copy TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON sent_copy TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON sent_copy TO lupaus_worker USING (true);
GRANT SELECT ON sent_copy TO lupaus_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sent_copy TO lupaus_worker;
