-- Whoever had a conversation gave it up by hand: of those who can take it they are the last to be asked, not the first.
ALTER TABLE conversation ADD COLUMN passed_on boolean NOT NULL DEFAULT false;

CREATE OR REPLACE VIEW conversation_row WITH (security_invoker = true) AS
SELECT c.account_id, c.id, c.number, c.contact_id, c.channel_id, c.thread_id, c.visibility, c.subject, c.state, c.priority,
       c.team_id, c.assignee_id, c.previous_agent_id, c.previous_id, c.weight, c.tags, c.waiting_since, c.owed_id,
       c.owed_kind, c.owed_opened_at, c.due_at, c.rank_at, c.begun, c.snoozed_until, c.resolved_at, c.last_message_at,
       c.version, c.created_at,
       (SELECT k.name FROM contact k WHERE k.account_id = c.account_id AND k.id = c.contact_id) AS contact_name,
       c.passed_on
FROM conversation c;

-- A reply that was refused, or of which nobody knows whether it arrived, and of which nobody has to be told any more: a
-- human has answered again since, or has said that no answer is needed.
ALTER TABLE delivery ADD COLUMN closed_at timestamptz;
CREATE INDEX delivery_stuck ON delivery (account_id, conversation_id) WHERE state IN (5, 6) AND closed_at IS NULL;

-- The order in which messages became visible in their conversation. seq is that of arrival: a message may wait in the
-- queue while a reply is written. Whoever adds one holds the conversation, so that this is the order of the commits.
ALTER TABLE message ADD COLUMN visible_seq bigint;
UPDATE message SET visible_seq = seq;
ALTER TABLE message ALTER COLUMN visible_seq SET DEFAULT nextval('arrival_seq'), ALTER COLUMN visible_seq SET NOT NULL;
