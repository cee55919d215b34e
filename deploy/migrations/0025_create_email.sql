-- Channels of kind 1, email: whose address it is, how its mail is sent and fetched, and what of its headers is believed.
-- address and other_addresses are in lower case. Secrets are sealed. A server with a user and no password takes tokens of
-- the oauth_ columns (XOAUTH2). security: 0 TLS, 1 STARTTLS, 2 none. fetch_mode: what happens to a fetched mail on its
-- server (0 nothing, 1 marked as seen, 2 moved to imap_move_to). trusted_host: whose Authentication-Results are believed.
CREATE TABLE email_channel (
    account_id           uuid NOT NULL,
    channel_id           uuid NOT NULL,
    address              text NOT NULL CONSTRAINT email_channel_address_lower CHECK (address = lower(address)),
    sender_name          text NOT NULL DEFAULT '',
    other_addresses      text[] NOT NULL DEFAULT '{}',
    trusted_host         text,
    attributes_forwarded boolean NOT NULL DEFAULT false,
    smtp_host            text,
    smtp_port            int CONSTRAINT email_channel_smtp_port CHECK (smtp_port BETWEEN 1 AND 65535),
    smtp_security        smallint CONSTRAINT email_channel_smtp_security CHECK (smtp_security BETWEEN 0 AND 2),
    smtp_user            text,
    smtp_password        bytea,
    imap_host            text,
    imap_port            int CONSTRAINT email_channel_imap_port CHECK (imap_port BETWEEN 1 AND 65535),
    imap_security        smallint CONSTRAINT email_channel_imap_security CHECK (imap_security BETWEEN 0 AND 2),
    imap_user            text,
    imap_password        bytea,
    imap_folder          text NOT NULL DEFAULT 'INBOX',
    fetch_mode           smallint NOT NULL DEFAULT 0 CONSTRAINT email_channel_fetch_mode CHECK (fetch_mode BETWEEN 0 AND 2),
    imap_move_to         text,
    oauth_token_url      text,
    oauth_client_id      text,
    oauth_client_secret  bytea,
    oauth_refresh_token  bytea,
    PRIMARY KEY (account_id, channel_id),
    FOREIGN KEY (account_id, channel_id) REFERENCES channel,
    CONSTRAINT email_channel_address_once UNIQUE (account_id, address),
    CONSTRAINT email_channel_smtp_whole CHECK ((smtp_host IS NULL) = (smtp_port IS NULL)
                                               AND (smtp_host IS NULL) = (smtp_security IS NULL)),
    CONSTRAINT email_channel_imap_whole CHECK ((imap_host IS NULL) = (imap_port IS NULL)
                                               AND (imap_host IS NULL) = (imap_security IS NULL)),
    CONSTRAINT email_channel_move_whole CHECK ((fetch_mode = 2) = (imap_move_to IS NOT NULL))
);
CREATE INDEX email_channel_address ON email_channel (address);
CREATE INDEX email_channel_others ON email_channel USING gin (other_addresses);

-- Which message a Message-ID names, so that In-Reply-To, References and delivery reports find it: ours (direction 1) and
-- theirs. hash: of the id without its brackets. The first of a channel stays: nobody takes an id from another mail by
-- repeating it. Where the message is now, its own row says: merging and splitting move that alone.
CREATE TABLE mail_id (
    account_id uuid NOT NULL,
    hash       uuid NOT NULL,
    channel_id uuid NOT NULL,
    message_id uuid NOT NULL,
    direction  smallint NOT NULL,
    PRIMARY KEY (account_id, hash, channel_id)
);

-- What the head of a mail says that an answer needs: its Message-ID, those that it refers to (the oldest first), and
-- everybody whom it names: [{"role":"from|reply_to|to|cc","name":…,"address":…}].
CREATE TABLE mail_head (
    account_id uuid NOT NULL,
    message_id uuid NOT NULL,
    header_id  text NOT NULL DEFAULT '',
    refs       text[] NOT NULL DEFAULT '{}',
    people     jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (account_id, message_id)
);

-- What is no person's words to the desk, the newest first, and how much of it a day brings.
CREATE INDEX message_verdict ON message (account_id, verdict, created_at, id) WHERE verdict IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['email_channel', 'mail_id', 'mail_head']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_account ON %I TO lupaus_app
            USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid))$p$, name);
        EXECUTE format($p$CREATE POLICY worker_accounts ON %I TO lupaus_worker
            USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[]))
                   IS TRUE)$p$, name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO lupaus_app, lupaus_worker', name);
    END LOOP;
END
$$;

-- Asked before a mail that is handed over knows its account, with the address that it is for: a channel's address first,
-- then what it has besides. Where two accounts name one address it is whose channel is older, disabled or not: nobody
-- takes another's mail by naming their address.
CREATE FUNCTION find_mailbox(wanted text) RETURNS TABLE (account_id uuid, channel_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.account_id, o.id
    FROM (
        SELECT c.account_id, c.id, c.disabled_at
        FROM email_channel e
        JOIN channel c ON c.account_id = e.account_id AND c.id = e.channel_id
        WHERE e.address = lower(wanted) OR e.other_addresses @> ARRAY[lower(wanted)]
        ORDER BY e.address = lower(wanted) DESC, c.created_at, c.id
        LIMIT 1
    ) o
    WHERE o.disabled_at IS NULL
$$;
REVOKE ALL ON FUNCTION find_mailbox(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_mailbox(text) TO lupaus_app, lupaus_worker;
