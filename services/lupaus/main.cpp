#include "common/systemd/notifier.hpp"
#include "common/telemetry/log.hpp"
#include "services/lupaus/bench/commands.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/command_line.hpp"
#include "services/lupaus/doctor/command.hpp"
#include "services/lupaus/seed/command.hpp"
#include "services/lupaus/serve.hpp"
#include "services/lupaus/simulate/command.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using lupaus::Error;
using lupaus::Result;
using lupaus::cli::Command;
using lupaus::cli::Invocation;
using lupaus::cli::Need;

std::set<std::string> parse_roles(std::string_view list) {
    std::set<std::string> roles;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        roles.emplace(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return roles;
}

Result<std::string> run_serve(const Invocation& call) {
    const auto roles = parse_roles(call.arguments.optional_text("roles").value_or("chat,courier,email,inbox,router"));
    if (!std::ranges::includes(lupaus::kRoles, roles)) {
        return lupaus::invalid_field("--roles", "is a list, with commas, of chat, courier, email, inbox and router");
    }
    auto config = call.load_config();
    if (!config) {
        return config.error();
    }
    config->courier.hold |= call.arguments.has("hold-outbound");
    lupaus::log::set_level(lupaus::log::parse_level(config->log.level).value_or(lupaus::log::Level::info));
    // The service manager's own variables: no options of ours.
    const auto supervision = lupaus::systemd::read_supervision(
        std::getenv("NOTIFY_SOCKET"), std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"));
    if (lupaus::serve(*config, roles, supervision) != 0) {
        return Error{};  // the log has said why
    }
    return std::string();
}

Command serve_command() {
    return {.path = "serve",
            .help = "Run the desk, or some of its roles, until SIGTERM",
            .options = {{.name = "roles",
                         .value = "LIST",
                         .help = "Of chat, inbox, router and courier; all of them without it",
                         .need = Need::optional},
                        {.name = "hold-outbound",
                         .value = "",
                         .help = "Send nothing to customers or integrators and read no mailbox",
                         .need = Need::flag}},
            .run = run_serve};
}

}  // namespace

int main(int argc, char** argv) {
    auto commands = lupaus::cli::admin_commands();
    commands.push_back(serve_command());
    commands.push_back(lupaus::doctor::command());
    commands.push_back(lupaus::seed::command());
    commands.push_back(lupaus::simulate::command());
    std::ranges::move(lupaus::bench::commands(), std::back_inserter(commands));
    return lupaus::cli::run_command_line(commands, argc, argv, lupaus::config::process_environment());
}
