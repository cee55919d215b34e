// Commands for whoever runs the desk: they work on its database as lupaus_owner and print one JSON object. `channel
// send` alone goes over the network, as a customer's platform would.
#pragma once

#include "services/lupaus/cli/command.hpp"

#include <vector>

namespace lupaus::cli {

std::vector<Command> admin_commands();  // all of those below

std::vector<Command> database_commands();  // migrate, outbound
std::vector<Command> account_commands();
std::vector<Command> agent_commands();  // teams and agents
std::vector<Command> channel_commands();
std::vector<Command> limit_commands();  // of accounts and channels
std::vector<Command> policy_commands();
std::vector<Command> token_commands();
std::vector<Command> webhook_commands();
Command send_command();

}  // namespace lupaus::cli
