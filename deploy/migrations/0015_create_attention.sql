-- What a conversation is to one agent alone: how far they have read it (the place of the last message that they saw), and
-- the reply that they are writing. A narrow table of its own, since both change all the time and concern nobody else.
CREATE TABLE attention (
    account_id      uuid NOT NULL,
    agent_id        uuid NOT NULL,
    conversation_id uuid NOT NULL,
    read_to         timestamptz,
    draft_text      text,
    draft_html      text,
    draft_at        timestamptz,
    PRIMARY KEY (account_id, agent_id, conversation_id),
    CONSTRAINT attention_draft_whole CHECK ((draft_text IS NULL) = (draft_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX attention_draft ON attention (account_id, agent_id, conversation_id) WHERE draft_at IS NOT NULL;
ALTER TABLE attention ENABLE ROW LEVEL SECURITY;
ALTER TABLE attention FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON attention TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON attention TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON attention TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON attention TO lupaus_app, lupaus_worker;
