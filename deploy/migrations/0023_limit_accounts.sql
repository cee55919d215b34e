-- What the operator allows an account or one of its channels (subject_id), where that is less than the program does.
-- The desk reads it and changes nothing.
CREATE TABLE quota (
    account_id uuid NOT NULL REFERENCES account,
    subject_id uuid NOT NULL,
    name       text NOT NULL,
    value      int NOT NULL CONSTRAINT quota_positive CHECK (value > 0),
    PRIMARY KEY (account_id, subject_id, name)
);

-- What an account used of a day in UTC; kept only for those with a quota of it.
CREATE TABLE daily_usage (
    account_id uuid NOT NULL REFERENCES account,
    day        date NOT NULL,
    messages   bigint NOT NULL,
    PRIMARY KEY (account_id, day)
) WITH (fillfactor = 50);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['quota', 'daily_usage']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_all ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
        EXECUTE format($p$CREATE POLICY app_account ON %I TO lupaus_app
            USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid))$p$, name);
        EXECUTE format($p$CREATE POLICY worker_accounts ON %I TO lupaus_worker
            USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[]))
                   IS TRUE)$p$, name);
        EXECUTE format('GRANT SELECT ON %I TO lupaus_app, lupaus_worker', name);
    END LOOP;
END
$$;
GRANT INSERT, UPDATE, DELETE ON daily_usage TO lupaus_worker;

-- Asked before a request knows its account, with the token or the channel that it names.
CREATE FUNCTION find_quota(account uuid, subject uuid, wanted text) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT q.value FROM quota q WHERE q.account_id = account AND q.subject_id = subject AND q.name = wanted
$$;
REVOKE ALL ON FUNCTION find_quota(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_quota(uuid, uuid, text) TO lupaus_app, lupaus_worker;

-- An administrator may name the account; everything else of it is the operator's.
ALTER TABLE account ADD COLUMN version int NOT NULL DEFAULT 1;
REVOKE UPDATE ON account FROM lupaus_app, lupaus_worker;
GRANT UPDATE (name, version) ON account TO lupaus_app;
