// The handlers of everything that is set up once and then used: agents, teams, channels, contacts, policies, opening
// hours, tokens, presence, and the account itself. Each runs in one transaction on a database thread; see endpoint.hpp
// for what the gate has done before.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_get_account(Tx& tx, const Call& call);
Result<Answer> handle_edit_account(Tx& tx, const Call& call);

Result<Answer> handle_list_agents(Tx& tx, const Call& call);
Result<Answer> handle_get_agent(Tx& tx, const Call& call);
Result<Answer> handle_get_own_agent(Tx& tx, const Call& call);
Result<Answer> handle_edit_own_agent(Tx& tx, const Call& call);
Result<Answer> handle_create_agent(Tx& tx, const Call& call);
Result<Answer> handle_edit_agent(Tx& tx, const Call& call);
Result<Answer> handle_put_own_presence(Tx& tx, const Call& call);
Result<Answer> handle_put_presence(Tx& tx, const Call& call);

Result<Answer> handle_list_teams(Tx& tx, const Call& call);
Result<Answer> handle_get_team(Tx& tx, const Call& call);
Result<Answer> handle_create_team(Tx& tx, const Call& call);
Result<Answer> handle_edit_team(Tx& tx, const Call& call);
Result<Answer> handle_delete_team(Tx& tx, const Call& call);

Result<Answer> handle_list_channels(Tx& tx, const Call& call);
Result<Answer> handle_get_channel(Tx& tx, const Call& call);
Result<Answer> handle_create_channel(Tx& tx, const Call& call);
Result<Answer> handle_edit_channel(Tx& tx, const Call& call);
Result<Answer> handle_rotate_secret(Tx& tx, const Call& call);
Result<Answer> handle_finish_rotation(Tx& tx, const Call& call);

Result<Answer> handle_list_contacts(Tx& tx, const Call& call);
Result<Answer> handle_get_contact(Tx& tx, const Call& call);
Result<Answer> handle_edit_contact(Tx& tx, const Call& call);
Result<Answer> handle_put_external_contact(Tx& tx, const Call& call);
Result<Answer> handle_merge_contact(Tx& tx, const Call& call);

Result<Answer> handle_list_policies(Tx& tx, const Call& call);
Result<Answer> handle_get_policy(Tx& tx, const Call& call);
Result<Answer> handle_create_policy(Tx& tx, const Call& call);
Result<Answer> handle_edit_policy(Tx& tx, const Call& call);
Result<Answer> handle_delete_policy(Tx& tx, const Call& call);

Result<Answer> handle_list_hours(Tx& tx, const Call& call);
Result<Answer> handle_get_hours(Tx& tx, const Call& call);
Result<Answer> handle_create_hours(Tx& tx, const Call& call);
Result<Answer> handle_edit_hours(Tx& tx, const Call& call);
Result<Answer> handle_delete_hours(Tx& tx, const Call& call);

Result<Answer> handle_list_tokens(Tx& tx, const Call& call);
Result<Answer> handle_issue_token(Tx& tx, const Call& call);
Result<Answer> handle_revoke_token(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
