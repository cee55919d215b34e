-- A channel's mailbox that is read over IMAP: who reads it, how far it was read, and how it fares. A row appears when a
-- process looks at the channel for the first time, so that whatever made the channel need not know of it.
-- owner, owned_until: the process that reads it, unless it does not renew that. source: the server, user and folder that
-- uid_validity (0: never read) and uid speak of; every mail up to uid is stored. stored: how many of its mails came in
-- since it was last numbered anew, moved in one statement with uid. state: 0 connecting, 1 fetching, 2 waiting, 3 failing,
-- 4 held. mails: how many are in the folder.
CREATE TABLE mailbox (
    account_id   uuid NOT NULL,
    channel_id   uuid NOT NULL,
    owner        uuid,
    owned_until  timestamptz,
    source       text NOT NULL DEFAULT '',
    uid_validity bigint NOT NULL DEFAULT 0,
    uid          bigint NOT NULL DEFAULT 0,
    stored       bigint NOT NULL DEFAULT 0,
    state        smallint NOT NULL DEFAULT 0 CONSTRAINT mailbox_state CHECK (state BETWEEN 0 AND 4),
    reason       text NOT NULL DEFAULT '',
    last_good_at timestamptz,
    mails        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, channel_id),
    FOREIGN KEY (account_id, channel_id) REFERENCES email_channel,
    CONSTRAINT mailbox_owned CHECK ((owner IS NULL) = (owned_until IS NULL))
) WITH (fillfactor = 50);

ALTER TABLE mailbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE mailbox FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON mailbox TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON mailbox TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON mailbox TO lupaus_worker USING (true);
GRANT SELECT ON mailbox TO lupaus_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox TO lupaus_worker;

-- Which mailboxes are to be read, across accounts, with the version of their channels' settings: a question of the
-- process that reads them, before it knows an account.
CREATE INDEX email_channel_imap ON email_channel (account_id, channel_id) WHERE imap_host IS NOT NULL;
CREATE FUNCTION list_mailboxes() RETURNS TABLE (account_id uuid, channel_id uuid, version int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.account_id, c.id, c.version
    FROM email_channel e
    JOIN channel c ON c.account_id = e.account_id AND c.id = e.channel_id
    WHERE e.imap_host IS NOT NULL AND c.disabled_at IS NULL
$$;
REVOKE ALL ON FUNCTION list_mailboxes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION list_mailboxes() TO lupaus_worker;
