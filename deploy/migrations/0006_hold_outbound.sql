-- oldest program: 1
-- Where this desk is at home: the one database from which messages may leave. A restored dump or a cloned database
-- carries the row of its original, finds itself elsewhere and sends nothing until it is released. One row for the whole
-- installation, so without an account; everybody reads it, only the owner writes it.
CREATE TABLE outbound_home (
    is_only           boolean PRIMARY KEY DEFAULT true CONSTRAINT outbound_home_one_row CHECK (is_only),
    system_identifier bigint NOT NULL,
    database_oid      oid NOT NULL,
    released_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO outbound_home (system_identifier, database_oid)
SELECT s.system_identifier, d.oid
FROM pg_control_system() s, pg_database d
WHERE d.datname = current_database();
ALTER TABLE outbound_home ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbound_home FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON outbound_home TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_reads ON outbound_home FOR SELECT TO lupaus_app USING (true);
CREATE POLICY worker_reads ON outbound_home FOR SELECT TO lupaus_worker USING (true);
GRANT SELECT ON outbound_home TO lupaus_app, lupaus_worker;
