-- Row-level security asked for the accounts of the transaction once a row, and parsing twenty of them costs 5 µs. As a
-- subquery of its own the question is asked once a statement. IS TRUE keeps the list of a worker's accounts from
-- becoming an index condition: beside the account that a query names itself, it would probe once for each in the list.
DO $$
DECLARE
    policy record;
BEGIN
    FOR policy IN SELECT tablename, policyname FROM pg_policies WHERE policyname IN ('app_account', 'worker_accounts')
    LOOP
        IF policy.policyname = 'app_account' THEN
            EXECUTE format($p$ALTER POLICY app_account ON %I
                USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid))$p$,
                policy.tablename);
        ELSE
            EXECUTE format($p$ALTER POLICY worker_accounts ON %I
                USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[]))
                       IS TRUE)$p$, policy.tablename);
        END IF;
    END LOOP;
END
$$;
