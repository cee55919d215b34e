// `lupaus serve`: one process with the roles it was given. Several processes, on one machine or many, share a database.
#pragma once

#include "common/config/config.hpp"
#include "common/systemd/notifier.hpp"

#include <set>
#include <string>

namespace lupaus {

inline const std::set<std::string> kRoles{"inbox", "chat", "email", "router", "courier"};

// Returns when SIGTERM or SIGINT came and everything under way has ended: 0, or 1 when it could not start.
// A service manager hears when it is ready, how it fares, and that it stops.
int serve(const config::Config& config, const std::set<std::string>& roles, const systemd::Supervision& supervision);

}  // namespace lupaus
