-- name: insert_token
INSERT INTO token (account_id, id, hash, prefix, name, role, agent_id, scopes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9)

-- name: find_principal
-- Without an account: the function answers for exactly this hash. An agent's role is the one they have now.
-- With what the operator allows the account.
SELECT account_id, id, coalesce(agent_role, role), agent_id, agent_name, scopes,
       find_quota(account_id, account_id, 'requests_per_second')
FROM find_token($1)

-- name: find_principals
-- The same for many hashes, by their place in the list; those that speak for nobody have no row.
SELECT w.place, f.account_id, f.id, coalesce(f.agent_role, f.role), f.agent_id, f.agent_name, f.scopes,
       find_quota(f.account_id, f.account_id, 'requests_per_second')
FROM unnest($1::bytea[]) WITH ORDINALITY AS w (hash, place)
CROSS JOIN LATERAL find_token(w.hash) f

-- name: find_token_row
SELECT t.account_id, t.id, t.name, t.prefix, coalesce(a.role, t.role), t.agent_id, t.scopes, t.expires_at, t.revoked_at,
       t.created_at
FROM token t
LEFT JOIN agent a ON a.account_id = t.account_id AND a.id = t.agent_id
WHERE t.account_id = $1 AND t.id = $2

-- name: revoke_token
-- The first revocation counts.
UPDATE token SET revoked_at = clock_timestamp() WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL

-- name: list_tokens
-- Keyset by id, newest first as a rule; $2 is the last one of the page before, or NULL.
SELECT t.account_id, t.id, t.name, t.prefix, coalesce(a.role, t.role), t.agent_id, t.scopes, t.expires_at, t.revoked_at,
       t.created_at
FROM token t
LEFT JOIN agent a ON a.account_id = t.account_id AND a.id = t.agent_id
WHERE t.account_id = $1 AND ($2::uuid IS NULL OR t.id < $2)
ORDER BY t.id DESC
LIMIT $3
