-- oldest program: 13
-- Bots: a channel's bot has its conversations first. An older program would promise a reply where a bot has the customer,
-- and give the conversation to an agent beside it.

ALTER TABLE channel ADD COLUMN bot_token_id uuid;
ALTER TABLE channel ADD CONSTRAINT channel_bot FOREIGN KEY (account_id, bot_token_id) REFERENCES token;

-- While a bot holds a conversation no reply promise is open there; waiting_since goes on. bot_asked_at: since when the
-- customer waits for a word of the bot.
ALTER TABLE conversation ADD COLUMN bot_token_id uuid, ADD COLUMN bot_asked_at timestamptz;
CREATE INDEX conversation_bot ON conversation (account_id, bot_token_id, id) WHERE bot_token_id IS NOT NULL;

-- Who waits for the desk. A bot may have any number of others.
DROP INDEX conversation_waiting;
CREATE INDEX conversation_waiting ON conversation (account_id, waiting_since, id)
    WHERE waiting_since IS NOT NULL AND bot_token_id IS NULL;

CREATE OR REPLACE VIEW conversation_row WITH (security_invoker = true) AS
SELECT c.account_id, c.id, c.number, c.contact_id, c.channel_id, c.thread_id, c.visibility, c.subject, c.state, c.priority,
       c.team_id, c.assignee_id, c.previous_agent_id, c.previous_id, c.weight, c.tags, c.waiting_since, c.owed_id,
       c.owed_kind, c.owed_opened_at, c.due_at, c.rank_at, c.begun, c.snoozed_until, c.resolved_at, c.last_message_at,
       c.version, c.created_at,
       (SELECT k.name FROM contact k WHERE k.account_id = c.account_id AND k.id = c.contact_id) AS contact_name,
       c.passed_on, c.bot_token_id, c.bot_asked_at
FROM conversation c;
