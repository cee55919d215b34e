-- What a desk says often. text may have {{variables}}, which the program knows and checks. COLLATE "C": a shortcut is
-- ASCII, and its pages go by bytes on every server.
CREATE TABLE canned (
    account_id uuid NOT NULL REFERENCES account,
    id         uuid NOT NULL,
    shortcut   text COLLATE "C" NOT NULL,
    text       text NOT NULL,
    team_id    uuid,
    version    int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, team_id) REFERENCES team,
    CONSTRAINT canned_shortcut UNIQUE (account_id, shortcut)
);
ALTER TABLE canned ENABLE ROW LEVEL SECURITY;
ALTER TABLE canned FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON canned TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON canned TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON canned TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON canned TO lupaus_app, lupaus_worker;
