-- oldest program: 8
-- Opening hours, and the words that agents give. An older program would pass over a word given to a contact, and let the
-- end of a wait hide the word that is due next.

-- week: opening and closing times in turn, in minutes from Monday 00:00 of the zone's wall clock. Deleted hours stay for
-- the promises that were opened under them.
CREATE TABLE hours (
    account_id uuid NOT NULL REFERENCES account,
    id         uuid NOT NULL,
    name       text NOT NULL,
    zone       text NOT NULL,
    week       int[] NOT NULL,
    holidays   date[] NOT NULL DEFAULT '{}',
    version    int NOT NULL DEFAULT 1,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX hours_name ON hours (account_id, name) WHERE deleted_at IS NULL;
ALTER TABLE hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE hours FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_all ON hours TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY app_account ON hours TO lupaus_app
    USING (account_id = (SELECT nullif(current_setting('lupaus.account', true), '')::uuid));
CREATE POLICY worker_accounts ON hours TO lupaus_worker
    USING ((account_id = ANY ((SELECT nullif(current_setting('lupaus.accounts', true), '')::uuid[])::uuid[])) IS TRUE);
GRANT SELECT, INSERT, UPDATE, DELETE ON hours TO lupaus_app, lupaus_worker;

-- What a policy's times are counted by; NULL: every hour of every day. A promise keeps what it was opened under.
ALTER TABLE policy ADD COLUMN hours_id uuid;
ALTER TABLE policy ADD CONSTRAINT policy_hours FOREIGN KEY (account_id, hours_id) REFERENCES hours;
ALTER TABLE promise ADD COLUMN hours_id uuid;

-- The word an agent gave is a promise too: in a conversation or, without one, to a contact. first_due_at: what was
-- promised first, for the gap of a chain; succeeded_by: the promise that took its place. rank_at orders what is owed as
-- conversations are ordered. team_id stays the team at opening; owing_team_id is whose work it is now.
ALTER TABLE promise ALTER COLUMN conversation_id DROP NOT NULL;
ALTER TABLE promise ALTER COLUMN channel_id DROP NOT NULL;
ALTER TABLE promise
    ADD COLUMN contact_id      uuid,
    ADD COLUMN agent_id        uuid,
    ADD COLUMN message_id      uuid,
    ADD COLUMN text            text,
    ADD COLUMN first_due_at    timestamptz,
    ADD COLUMN succeeded_by    uuid,
    ADD COLUMN told_before_due boolean,
    ADD COLUMN owing_team_id   uuid,
    ADD COLUMN rank_at         timestamptz GENERATED ALWAYS AS
        (coalesce(due_at, (waiting_since AT TIME ZONE 'UTC' + interval '24 hours') AT TIME ZONE 'UTC')) STORED,
    ADD CONSTRAINT promise_of_one CHECK (num_nonnulls(conversation_id, contact_id) = 1);
UPDATE promise p
SET owing_team_id = c.team_id
FROM conversation c
WHERE p.settled_at IS NULL AND c.account_id = p.account_id AND c.id = p.conversation_id;
-- Each with a condition that only the queries it is made for name: what is found by its id is not looked for in these.
CREATE INDEX promise_owed ON promise (account_id, owing_team_id, rank_at, id)
    WHERE settled_at IS NULL AND rank_at IS NOT NULL;
CREATE INDEX promise_words ON promise (account_id, conversation_id) WHERE settled_at IS NULL AND kind >= 2;
CREATE INDEX promise_words_of ON promise (account_id, agent_id, rank_at, id)
    WHERE settled_at IS NULL AND kind >= 2 AND agent_id IS NOT NULL;
