-- oldest program: 19
-- Conversations and contacts are merged, and a message is split off. An older program would go on in what was merged away.

-- merged_into: everything of it is in that one now; it is never merged away itself. split_from: where its first message
-- was before. split_thread_id: the platform's thread of that message, which stays with the other one and is named to it.
ALTER TABLE conversation
    ADD COLUMN merged_into     uuid,
    ADD COLUMN split_from      uuid,
    ADD COLUMN split_thread_id text;
CREATE INDEX conversation_merged ON conversation (account_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE OR REPLACE VIEW conversation_row WITH (security_invoker = true) AS
SELECT c.account_id, c.id, c.number, c.contact_id, c.channel_id, coalesce(c.thread_id, c.split_thread_id) AS thread_id,
       c.visibility, c.subject, c.state, c.priority,
       c.team_id, c.assignee_id, c.previous_agent_id, c.previous_id, c.weight, c.tags, c.waiting_since, c.owed_id,
       c.owed_kind, c.owed_opened_at, c.due_at, c.rank_at, c.begun, c.snoozed_until, c.resolved_at, c.last_message_at,
       c.version, c.created_at,
       (SELECT k.name FROM contact k WHERE k.account_id = c.account_id AND k.id = c.contact_id) AS contact_name,
       c.passed_on, c.bot_token_id, c.bot_asked_at,
       CASE WHEN c.attributes IS NOT NULL THEN (
           SELECT jsonb_object_agg(a.key, c.attributes -> a.slot::text)
           FROM attribute a
           WHERE a.account_id = c.account_id AND a.applies_to = 0 AND c.attributes ? a.slot::text
       ) END AS attributes,
       c.external_ref, c.merged_into, c.split_from
FROM conversation c;

-- The channel that a message came over, where it is not that of its conversation.
ALTER TABLE message ADD COLUMN channel_id uuid;

-- Everybody's attention moves with a conversation.
CREATE INDEX attention_conversation ON attention (account_id, conversation_id);

ALTER TABLE contact ADD COLUMN merged_into uuid;
CREATE OR REPLACE VIEW contact_shown WITH (security_invoker = true) AS
SELECT k.account_id, k.id, k.name, k.email, k.phone, k.blocked_at, k.version, k.created_at, k.external_id,
       CASE WHEN k.attributes IS NOT NULL THEN (
           SELECT jsonb_object_agg(a.key, k.attributes -> a.slot::text)
           FROM attribute a
           WHERE a.account_id = k.account_id AND a.applies_to = 1 AND k.attributes ? a.slot::text
       ) END AS attributes,
       k.merged_into
FROM contact k;
CREATE INDEX contact_merged ON contact (account_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX promise_of_contact ON promise (account_id, contact_id) WHERE contact_id IS NOT NULL AND settled_at IS NULL;
