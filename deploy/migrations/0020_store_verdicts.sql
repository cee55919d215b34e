-- Verdicts: what a customer's message is where it is no person's words to the desk, and the rule that said so. It starts
-- no wait until somebody takes the verdict back. settled_id of such a message: the reply promise that its verdict waived.
ALTER TABLE message ADD COLUMN verdict smallint CONSTRAINT message_verdict_known CHECK (verdict BETWEEN 0 AND 2),
    ADD COLUMN verdict_rule text,
    ADD CONSTRAINT message_verdict_whole CHECK ((verdict IS NULL) = (verdict_rule IS NULL));
CREATE INDEX message_judged ON message (account_id, conversation_id, ordered_at, seq) WHERE verdict IS NOT NULL;

-- spam: it holds a message with that verdict.
ALTER TABLE conversation ADD COLUMN spam boolean NOT NULL DEFAULT false;
CREATE INDEX conversation_spam ON conversation (account_id, last_message_at, id) WHERE spam;

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
       c.external_ref, c.merged_into, c.split_from, c.spam
FROM conversation c;

-- How a channel reopens what was resolved: for how long (NULL: as configured, 0: never), and to whom it goes (0: to whoever
-- had it, if they are online; 1: to the queue).
ALTER TABLE channel
    ADD COLUMN reopen_window_s int CONSTRAINT channel_reopen_window_bounded CHECK (reopen_window_s BETWEEN 0 AND 31536000),
    ADD COLUMN reopen_to smallint NOT NULL DEFAULT 0 CONSTRAINT channel_reopen_to_known CHECK (reopen_to BETWEEN 0 AND 1);
