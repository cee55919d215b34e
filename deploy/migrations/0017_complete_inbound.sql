-- Attachments that were named by an address are fetched after their message was routed. state: 0 there, 1 being fetched,
-- 2 given up, with the reason in error. Without its bytes sha256 is empty.
ALTER TABLE attachment ADD COLUMN state smallint NOT NULL DEFAULT 0 CONSTRAINT attachment_state_known CHECK (state BETWEEN 0 AND 2),
    ADD COLUMN error text;

-- What is yet to be fetched. due_at: the next attempt, or the end of the lease of one that is under way; none: given up,
-- until somebody asks for another try. since and base: when its present round of attempts began, and after which attempt.
CREATE TABLE attachment_fetch (
    account_id    uuid NOT NULL,
    attachment_id uuid NOT NULL,
    url           text NOT NULL,
    attempt       int NOT NULL DEFAULT 0,
    base          int NOT NULL DEFAULT 0,
    since         timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at        timestamptz DEFAULT clock_timestamp(),
    leased_until  timestamptz,
    PRIMARY KEY (account_id, attachment_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX attachment_fetch_due ON attachment_fetch (due_at) WHERE due_at IS NOT NULL;
ALTER TABLE attachment_fetch ENABLE ROW LEVEL SECURITY;
ALTER TABLE attachment_fetch FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON attachment_fetch TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON attachment_fetch TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_queue ON attachment_fetch TO lupaus_worker USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON attachment_fetch TO lupaus_app, lupaus_worker;

-- Integrators know a conversation by a reference of theirs.
ALTER TABLE conversation ADD COLUMN external_ref text;
CREATE UNIQUE INDEX conversation_external_ref ON conversation (account_id, external_ref) WHERE external_ref IS NOT NULL;

CREATE OR REPLACE VIEW conversation_row WITH (security_invoker = true) AS
SELECT c.account_id, c.id, c.number, c.contact_id, c.channel_id, c.thread_id, c.visibility, c.subject, c.state, c.priority,
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
       c.external_ref
FROM conversation c;
