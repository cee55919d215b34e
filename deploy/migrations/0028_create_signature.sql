-- With what replies by mail are signed. owner_id: an agent or a team, whose ids are never the same. text and html may
-- have {{variables}}, which the program knows and checks; html is sanitised.
CREATE TABLE signature (
    account_id uuid NOT NULL REFERENCES account,
    owner_id   uuid NOT NULL,
    text       text NOT NULL,
    html       text,
    PRIMARY KEY (account_id, owner_id)
);
ALTER TABLE signature ENABLE ROW LEVEL SECURITY;
ALTER TABLE signature FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON signature TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON signature TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON signature TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON signature TO lupaus_app, lupaus_worker;

-- Whether replies carry the message that they answer.
ALTER TABLE email_channel ADD COLUMN quote_history boolean NOT NULL DEFAULT false;
