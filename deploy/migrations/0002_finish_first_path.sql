-- When the log was told that a promise is overdue: once.
ALTER TABLE promise ADD COLUMN overdue_noticed_at timestamptz;

-- How often a message came again under its id, saying the same.
ALTER TABLE inbound_key ADD COLUMN duplicates int NOT NULL DEFAULT 0;

-- Older than its channel is live: routed after everything else of its account. seq stays the order of arrival.
ALTER TABLE inbound ADD COLUMN backlog boolean NOT NULL DEFAULT false;
ALTER TABLE inbound DROP CONSTRAINT inbound_pkey;
ALTER TABLE inbound ADD CONSTRAINT inbound_pkey PRIMARY KEY (account_id, backlog, seq);
