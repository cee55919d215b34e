-- name: transaction_status
-- What became of a transaction whose COMMIT was never answered: in progress, committed, aborted or NULL (too old).
SELECT pg_xact_status($1::text::xid8)

-- name: server_facts
-- For readiness: the database's clock, its durability settings and the rights of the role that asks.
SELECT clock_timestamp(), current_setting('fsync'), current_setting('synchronous_commit'),
       r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = r.oid),
       to_regclass('public.schema_migration') IS NOT NULL
FROM pg_roles r
WHERE r.rolname = current_user

-- name: schema_version
-- Asked only where server_facts found the table.
SELECT coalesce(max(version), 0) FROM schema_migration

-- name: create_ledger
-- Of migrations; the two roles may read which version they meet.
CREATE TABLE IF NOT EXISTS schema_migration (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: open_ledger
GRANT SELECT ON schema_migration TO lupaus_app, lupaus_worker

-- name: lock_ledger
-- For the session: two instances that migrate at once take turns.
SELECT pg_advisory_lock($1)

-- name: find_migration
-- Whether a file was applied, and unchanged since.
SELECT checksum = md5($2) FROM schema_migration WHERE version = $1

-- name: record_migration
INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, md5($3))
