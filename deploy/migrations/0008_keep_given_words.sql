-- Opening hours, and the words that agents give.

-- week: opening and closing times in turn, in minutes from Monday 00:00 of the zone's wall clock. Deleted hours stay for
-- the promises that were opened under them.
CREATE TABLE hours (
    account_id uuid NOT NULL REFERENCES account,
    id         uuid NOT NULL,
    name       text NOT NULL,
    zone       text NOT NULL,
    week       int[] NOT NULL,
    holidays   date[] NOT NULL DEFAULT '{}',
    version    int NOT NULL DEFAULT 1,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX hours_name ON hours (account_id, name) WHERE deleted_at IS NULL;
ALTER TABLE hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE hours FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON hours TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON hours TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON hours TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON hours TO lupaus_app, lupaus_worker;

-- What a policy's times are counted by; NULL: every hour of every day. A promise keeps what it was opened under.
ALTER TABLE policy ADD COLUMN hours_id uuid;
ALTER TABLE policy ADD CONSTRAINT policy_hours FOREIGN KEY (account_id, hours_id) REFERENCES hours;
ALTER TABLE promise ADD COLUMN hours_id uuid;
