-- When the log was told that a promise is overdue: once.
ALTER TABLE promise ADD COLUMN overdue_noticed_at timestamptz;

-- How often a message came again under its id, saying the same.
ALTER TABLE inbound_key ADD COLUMN duplicates int NOT NULL DEFAULT 0;
