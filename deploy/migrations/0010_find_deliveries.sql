-- Receipts name a reply by the receiver's own id.

CREATE INDEX delivery_external ON delivery (account_id, channel_id, external_id) WHERE external_id IS NOT NULL;
