-- name: transaction_status
-- What became of a transaction whose COMMIT was never answered: in progress, committed, aborted or NULL (too old).
SELECT pg_xact_status($1::text::xid8)

-- name: ping
-- Whether anybody is at the other end. No lock.
SELECT 1

-- name: server_facts
-- The database's clock, its durability settings, its version and the rights of the role that asks.
SELECT clock_timestamp(), current_setting('fsync'), current_setting('synchronous_commit'),
       current_setting('full_page_writes'), current_setting('server_version'),
       current_setting('server_version_num')::int, current_setting('max_connections')::int,
       r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = r.oid),
       to_regclass('public.schema_migration') IS NOT NULL
FROM pg_roles r
WHERE r.rolname = current_user

-- name: schema_version
-- Asked only where server_facts found the table. What was applied, and the oldest program that may still run against it;
-- a ledger that was last written before it had that column refuses nobody, hence the way through json.
SELECT coalesce(max(m.version), 0), coalesce(max((to_jsonb(m) ->> 'oldest_program')::int), 1),
       coalesce(array_agg(m.version), '{}')
FROM schema_migration m

-- name: create_ledger
-- Of migrations; the two roles may read which version they meet.
CREATE TABLE IF NOT EXISTS schema_migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: extend_ledger
-- Programs are named by the newest migration that they were built with.
ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS oldest_program int NOT NULL DEFAULT 1

-- name: open_ledger
GRANT SELECT ON schema_migration TO lupaus_app, lupaus_worker

-- name: lock_ledger
-- For the session: two instances that migrate at once take turns.
SELECT pg_advisory_lock($1)

-- name: find_migration
-- Whether a file was applied, and unchanged since.
SELECT checksum = md5($2) FROM schema_migration WHERE version = $1

-- name: record_migration
INSERT INTO schema_migration (version, name, checksum, oldest_program) VALUES ($1, $2, md5($3), $4)
