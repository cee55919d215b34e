-- Customers change and take back what they said.

ALTER TABLE message ADD COLUMN edited_at timestamptz, ADD COLUMN deleted_at timestamptz;
