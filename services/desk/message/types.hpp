// A message of a conversation: said in, said out, noted, or said by a machine. Codes are stored; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::message {

enum class Direction : std::int16_t { in = 0, out = 1 };
enum class Kind : std::int16_t { message = 0, note = 1, automatic = 2 };
enum class AuthorType : std::int16_t { customer = 0, agent = 1, bot = 2, system = 3 };
enum class Verdict : std::int16_t { spam = 0, automatic = 1, blocked = 2 };
enum class DeliveryState : std::int16_t {
    queued = 0,
    sending = 1,
    sent = 2,
    delivered = 3,
    read = 4,
    failed = 5,
    uncertain = 6,
    undone = 7
};

// Why a customer's message is no person's words to the desk, and starts no wait.
struct Judgement {
    Verdict verdict = Verdict::spam;
    std::string rule{};  // that fired: "contact.blocked", "agent", "channel: spam"
};

struct Author {
    AuthorType type = AuthorType::customer;
    Uuid id;  // contact, agent or token
    std::string name;
};

enum class AttachmentState : std::int16_t { ready = 0, fetching = 1, failed = 2 };

struct Attachment {
    AttachmentId id;
    MessageId message;
    std::string name;
    std::string content_type;
    std::int64_t size_bytes = 0;
    std::string sha256;  // empty: its bytes are not there
    AttachmentState state = AttachmentState::ready;
    std::optional<std::string> error{};  // why they are not there
    std::string url{};                   // where they are to be fetched from; written, and never read back
    std::string content_id{};            // by which the message's html names it, as cid:…; empty: it does not
};

// Where quoted history and signature begin, in characters: what is before them is new. Empty: nothing is folded away.
struct Folds {
    std::optional<std::int32_t> text{};
    std::optional<std::int32_t> html{};  // the elements that are open there are closed, to show what is new alone

    bool operator==(const Folds&) const = default;
};

struct Message {
    AccountId account;
    MessageId id;
    ConversationId conversation;
    ChannelId channel;             // that it came over, where it is not that of its conversation
    std::int64_t seq = 0;          // arrival order; 0: not stored yet
    std::int64_t visible_seq = 0;  // order in which messages became visible in the conversation; 0: not stored yet
    Timestamp ordered_at{};        // place in the conversation: the clamped time of the channel
    Direction direction = Direction::in;
    Kind kind = Kind::message;
    Author author;
    std::string text;
    std::optional<std::string> html;
    Folds folds;
    std::optional<std::string> external_id;
    std::optional<DeliveryState> delivery_state;  // outbound public messages only
    bool history = false;                         // older than the channel's live_since
    std::optional<Timestamp> sent_at;             // the sender's own time, unclamped
    PromiseId settled;                            // the reply promise that this message settled, or its verdict waived
    std::optional<Judgement> judgement;           // of customers' messages; empty: a person's
    Timestamp created_at{};
    std::optional<Timestamp> edited_at;   // by the customer, on the channel
    std::optional<Timestamp> deleted_at;  // taken back: neither words nor files are kept
    std::vector<Attachment> attachments;
    std::vector<AgentId> mentions;      // of a note
    std::optional<Timestamp> sends_at;  // until then a reply is held and can be undone
};

}  // namespace lupaus::desk::message
