-- What a customer who begins a conversation by mail is told at once, by a machine. subject: empty for "Re: " and the mail's
-- own. Both may have variables, as canned replies.
CREATE TABLE acknowledgement (
    account_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    subject    text NOT NULL DEFAULT '',
    text       text NOT NULL,
    PRIMARY KEY (account_id, channel_id),
    FOREIGN KEY (account_id, channel_id) REFERENCES email_channel
);

-- When an address was last acknowledged, over whichever channel: a machine writes to it once a day. In lower case.
CREATE TABLE acknowledged_address (
    account_id uuid NOT NULL,
    address    text NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (account_id, address)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['acknowledgement', 'acknowledged_address']
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
