-- name: insert_account
-- The account with the two counter rows that every later transaction updates.
WITH made AS (
    INSERT INTO account (account_id, name) VALUES ($1, $2)
), feed AS (
    INSERT INTO account_feed (account_id) VALUES ($1)
)
INSERT INTO account_number (account_id) VALUES ($1)

-- name: lock_account
-- NO KEY: whatever refers to the account is not held up.
SELECT account_id FROM account WHERE account_id = $1 FOR NO KEY UPDATE

-- name: find_account
SELECT name FROM account WHERE account_id = $1

-- name: list_accounts
-- Keyset by id, for the operator alone. No locks.
SELECT account_id, name FROM account WHERE account_id > $1 ORDER BY account_id LIMIT $2
