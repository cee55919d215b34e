-- Mails that lie in a mailbox and could not be had from there; message_id: what waits in quarantine for each, without
-- bytes. source, uid_validity, uid: where it lies, as of mailbox. size_bytes, arrived_at: by what it is known when it is
-- numbered anew. asked_at: since when somebody wants it to be fetched again.
CREATE TABLE unfetched_mail (
    account_id   uuid NOT NULL,
    message_id   uuid NOT NULL,
    channel_id   uuid NOT NULL,
    source       text NOT NULL,
    uid_validity bigint NOT NULL,
    uid          bigint NOT NULL,
    size_bytes   bigint NOT NULL,
    arrived_at   timestamptz,
    asked_at     timestamptz,
    PRIMARY KEY (account_id, message_id)
);
CREATE INDEX unfetched_mail_size ON unfetched_mail (account_id, channel_id, size_bytes);
CREATE INDEX unfetched_mail_asked ON unfetched_mail (account_id, channel_id, asked_at) WHERE asked_at IS NOT NULL;

ALTER TABLE unfetched_mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE unfetched_mail FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON unfetched_mail TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON unfetched_mail TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON unfetched_mail TO lupaus_worker USING (true);
GRANT SELECT, UPDATE ON unfetched_mail TO lupaus_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON unfetched_mail TO lupaus_worker;
