-- What a team has, newest and most urgent first. Without these the account's conversations are walked until there are
-- enough of the team, and a small team of a large account has so few that all of them are.
CREATE INDEX conversation_team_newest ON conversation (account_id, team_id, state, last_message_at, id)
    WHERE team_id IS NOT NULL;
CREATE INDEX conversation_team_due ON conversation (account_id, team_id, rank_at, id)
    WHERE team_id IS NOT NULL AND rank_at IS NOT NULL;

-- Who waits, by the latest message, and who waits longest for somebody to take them: all of them were sorted.
CREATE INDEX conversation_waiting_newest ON conversation (account_id, last_message_at, id)
    WHERE waiting_since IS NOT NULL AND bot_token_id IS NULL;
CREATE INDEX conversation_unassigned_waiting ON conversation (account_id, waiting_since, id)
    WHERE state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND waiting_since IS NOT NULL;
