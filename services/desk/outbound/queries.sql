-- name: read_standing
-- Always one row, no lock: where this database is by its server's word, and where sending was last allowed.
SELECT s.system_identifier, d.oid::bigint, h.system_identifier, h.database_oid::bigint
FROM pg_control_system() s
JOIN pg_database d ON d.datname = current_database()
LEFT JOIN outbound_home h ON true

-- name: release
-- By the owner: from now on this is the place. Couriers look before every claim.
INSERT INTO outbound_home (system_identifier, database_oid)
SELECT s.system_identifier, d.oid
FROM pg_control_system() s
JOIN pg_database d ON d.datname = current_database()
ON CONFLICT (is_only) DO UPDATE
SET system_identifier = excluded.system_identifier, database_oid = excluded.database_oid,
    released_at = clock_timestamp()
