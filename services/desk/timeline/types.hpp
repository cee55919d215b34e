// What happened in a conversation, as its history tells it: an event of the log, read back with what was before it.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/ids.hpp"
#include "services/desk/message/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lupaus::desk::timeline {

using Names = std::unordered_map<Uuid, std::string>;  // of agents, teams, contacts and tokens, as they are called now

// What people change about a conversation. Words as the API has them.
struct Shown {
    int version = 0;
    std::string subject{};
    std::string state{};
    std::string priority{};
    Uuid assignee{};  // nil: nobody
    Uuid team{};
    Uuid bot{};
    std::vector<std::string> tags{};
    std::optional<Timestamp> snoozed_until{};
};

enum class Field { subject, state, priority, assignee, team, tags, snoozed_until };

struct Said {
    MessageId id{};
    message::Direction direction = message::Direction::in;
    message::Kind kind = message::Kind::message;
};

struct Owed {
    std::string kind{};
    std::string text{};  // of a given word
    std::string outcome{};
    Timestamp opened_at{};
    std::optional<Timestamp> due_at{};
    std::optional<Timestamp> settled_at{};
    Uuid agent{};
};

struct Raised {
    std::string kind{};
    std::int64_t level = 0;
    std::string recipient_type{};
    Uuid recipient{};
};

struct Way {
    std::string state{};
    std::string error{};
};

struct File {
    std::string name{};
    std::string error{};
};

struct Part {
    std::string name{};
    std::string json{};
};

struct Happening {
    std::int64_t seq = 0;
    EventId id;
    std::string type{};
    event::Actor actor;
    Timestamp at{};
    std::optional<Shown> before;  // the change; where the log still has it
    std::optional<Shown> after;
    std::optional<Said> message;
    std::optional<Owed> promise;
    std::optional<Raised> alert;
    std::optional<Way> delivery;
    std::optional<File> file;
    std::string how{};
    std::string reason{};
    std::string verdict{};      // that was given; empty: one was taken back
    std::string rule{};         // that gave it
    Uuid merged_from{};         // what it took in
    Uuid merged_into{};         // what took it in
    Uuid split_into{};          // what got one of its messages
    Uuid mentioned{};           // whom a note names
    Uuid lost_by{};             // the bot that a handover takes it from
    std::vector<Part> parts{};  // of its data that are shown as they are
};

}  // namespace lupaus::desk::timeline
