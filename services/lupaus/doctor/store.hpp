// What the doctor asks the database. Everything only reads; nothing takes locks.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/lupaus/doctor/types.hpp"

#include <chrono>

namespace lupaus::doctor {

// Tells a pooler by what it does to two sessions. Opens connections of its own.
Sessions probe_sessions(const std::string& url);

QueueFacts read_queues(Tx& tx);                                       // role lupaus_worker
OwnerFacts read_as_owner(Tx& tx, std::chrono::seconds silent_after);  // role lupaus_owner

}  // namespace lupaus::doctor
