// What the queue stores of a message: its payload (compact JSON, without ids and raw bytes, which have columns) and the
// two hashes by which a repeated message is known. Pure, any thread. Errors: invalid for a payload nobody wrote.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/inbound/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::inbound {

// The dedupe key: type and the integrator's id. The header webhook-id has no part in it.
Uuid key_of(std::string_view external_id, std::string_view type = "message");

// What was said: sender, text, html, attachments, thread, of a mail its Message-ID. Repeating an id with another
// meaning is a conflict.
Uuid meaning_of(const Inbound& message);

std::string encode(const Inbound& message);
Result<Inbound> decode(std::string_view payload);  // without account, channel, id and raw
Result<Inbound> decode(const Queued& row);  // a message's row; raw stays in inbound_raw; what is unreadable fails

std::string_view to_string(Kind kind);

// What whoever handed a message in is told: {"status", "inbound_id"}, and whether a duplicate is in conflict.
std::string to_json(const Receipt& receipt);

// A command as quarantine keeps it, where it has no columns of its own.
struct CommandText {
    Kind kind = Kind::message;
    Uuid subject{};
};

std::string encode_command(const CommandText& command);
std::optional<CommandText> decode_command(std::string_view payload);  // nothing: a message's payload

}  // namespace lupaus::desk::inbound
