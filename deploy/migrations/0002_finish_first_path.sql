-- When the log was told that a promise is overdue: once.
ALTER TABLE promise ADD COLUMN overdue_noticed_at timestamptz;
