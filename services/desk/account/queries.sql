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
SELECT name, created_at, version FROM account WHERE account_id = $1

-- name: rename_account
-- The row is locked.
UPDATE account SET name = $2, version = version + 1 WHERE account_id = $1

-- name: list_accounts
-- Keyset by id, for the operator alone. No locks.
SELECT account_id, name FROM account WHERE account_id > $1 ORDER BY account_id LIMIT $2

-- name: find_quota
SELECT value FROM quota WHERE account_id = $1 AND subject_id = $2 AND name = $3

-- name: list_quotas
-- Of an account or a channel: a handful.
SELECT name, value FROM quota WHERE account_id = $1 AND subject_id = $2 ORDER BY name

-- name: put_quota
-- By the operator alone.
INSERT INTO quota (account_id, subject_id, name, value)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, subject_id, name) DO UPDATE SET value = excluded.value

-- name: delete_quota
DELETE FROM quota WHERE account_id = $1 AND subject_id = $2 AND name = $3

-- name: add_usage
-- Days are counted from 1970. In account order, so that two processes do not wait for each other in a circle.
WITH given AS (
    SELECT u.account_id, date '1970-01-01' + u.day::int AS day, u.messages, u.place
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS u (account_id, day, messages, place)
), stored AS (
    INSERT INTO daily_usage AS d (account_id, day, messages)
    SELECT account_id, day, messages FROM given ORDER BY account_id
    ON CONFLICT (account_id, day) DO UPDATE SET messages = d.messages + excluded.messages
    RETURNING d.account_id, d.messages
)
SELECT g.place, s.messages FROM given g JOIN stored s ON s.account_id = g.account_id

-- name: forget_usage
DELETE FROM daily_usage WHERE account_id = ANY ($1::uuid[]) AND day < date '1970-01-01' + $2::bigint::int

-- name: find_usage
SELECT messages FROM daily_usage WHERE account_id = $1 AND day = date '1970-01-01' + $2::bigint::int
