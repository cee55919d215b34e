-- Contacts are known to other systems under ids of theirs.

ALTER TABLE contact ADD COLUMN external_id text;
CREATE UNIQUE INDEX contact_external ON contact (account_id, external_id) WHERE external_id IS NOT NULL;
