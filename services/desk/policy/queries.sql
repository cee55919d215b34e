-- name: find_missing
-- What a policy names and the account does not have. Team and hours are held: nobody may delete them before
-- our commit.
SELECT CASE
    WHEN $2::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM channel WHERE account_id = $1 AND id = $2) THEN 'channel_id'
    WHEN $3::uuid IS NOT NULL
         AND NOT EXISTS (SELECT FROM team WHERE account_id = $1 AND id = $3 FOR KEY SHARE) THEN 'team_id'
    WHEN $4::uuid IS NOT NULL
         AND NOT EXISTS (SELECT FROM hours WHERE account_id = $1 AND id = $4 AND deleted_at IS NULL FOR KEY SHARE)
         THEN 'hours_id'
END

-- name: count_policies
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM policy WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_policy
INSERT INTO policy (account_id, id, kind, target_s, warn_lead_s, leads_after_s, account_after_s, channel_id, team_id,
                    priority, visibility, hours_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: find_policy
SELECT account_id, id, kind, target_s, warn_lead_s, leads_after_s, account_after_s, channel_id, team_id, priority,
       visibility, version, hours_id
FROM policy
WHERE account_id = $1 AND id = $2

-- name: lock_policy
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM policy WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_policy
-- Promises that are open keep the times they were opened with.
UPDATE policy
SET kind = $3, target_s = $4, warn_lead_s = $5, leads_after_s = $6, account_after_s = $7, channel_id = $8, team_id = $9,
    priority = $10, visibility = $11, hours_id = $12, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: delete_policy
DELETE FROM policy WHERE account_id = $1 AND id = $2

-- name: list_policies
-- Keyset by id, along the primary key; $2 is the last one of the page before, or the nil id.
SELECT account_id, id, kind, target_s, warn_lead_s, leads_after_s, account_after_s, channel_id, team_id, priority,
       visibility, version, hours_id
FROM policy
WHERE account_id = $1 AND id > $2
ORDER BY id
LIMIT $3
