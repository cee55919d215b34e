-- name: notify
-- Its own transaction, without data: NOTIFY holds an instance-wide lock until its commit.
SELECT pg_notify($1, '')

-- name: database_now
-- The clock of every decision.
SELECT clock_timestamp()
