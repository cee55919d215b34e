// What is wrong with a database that a desk would run on, and what to do about it; nothing where all is well. `pool` is
// app or worker, as in the options database.app_url and database.worker_url. `known`: the migrations that the program
// was built with, ascending; the newest of them is its version.
#pragma once

#include "services/lupaus/server/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::server {

using Fault = std::optional<std::string>;

inline constexpr std::chrono::seconds kSkewMax{2};

// A superuser, an owner, or a role that bypasses row-level security would see every account.
Fault judge_role(const ServerFacts& facts, std::string_view pool);

// Without either an acknowledged message could be lost.
Fault judge_fsync(const ServerFacts& facts);
Fault judge_commit(const ServerFacts& facts, std::string_view pool);

// It lacks a migration of the program; or it is newer, and says that this program is too old for it.
Fault judge_schema(const ServerFacts& facts, std::span<const int> known);

// `here`: this machine's time at the moment of facts.clock.
Fault judge_clock(const ServerFacts& facts, Timestamp here);

// Why `serve` must not run on it: the first four.
std::vector<std::string> reasons_to_refuse(const ServerFacts& facts, std::string_view pool, std::span<const int> known);

}  // namespace lupaus::server
