-- A function in SQL is parsed and planned at every call, one in PL/pgSQL once a session: each mail that is handed over
-- asks this, and the planning took more than the answer. What it answers is as before (0025).
CREATE OR REPLACE FUNCTION find_mailbox(wanted text) RETURNS TABLE (account_id uuid, channel_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT o.account_id, o.id
    FROM (
        SELECT c.account_id, c.id, c.disabled_at
        FROM email_channel e
        JOIN channel c ON c.account_id = e.account_id AND c.id = e.channel_id
        WHERE e.address = lower(wanted) OR e.other_addresses @> ARRAY[lower(wanted)]
        ORDER BY e.address = lower(wanted) DESC, c.created_at, c.id
        LIMIT 1
    ) o
    WHERE o.disabled_at IS NULL;
END
$$;
