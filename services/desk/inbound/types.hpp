// What every channel adapter turns its wire format into, and what the queue carries. The queue holds commands as well
// as messages: freed capacity, presence changes, snooze ends and releases travel the same durable way.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/conversation/types.hpp"
#include "services/desk/ids.hpp"
#include "services/desk/message/types.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::inbound {

enum class Kind : std::int16_t {
    message = 0,
    drain = 1,       // somebody may have become able to take waiting conversations
    wake = 2,        // subject: a conversation whose snooze ended, or that nobody has any more
    release = 3,     // subject: an agent who went offline
    bot_silent = 4,  // subject: a conversation whose bot may have left its customer without a word for too long
    bot_gone = 5,    // subject: a bot's token that has ended
};

struct Attachment {
    std::string name{};
    std::string content_type{};
    std::int64_t size_bytes = 0;
    std::string sha256{};      // stored in the blob store before the acknowledgement
    std::string url{};         // instead: fetched from there once the message is routed
    std::string content_id{};  // of a picture that `html` shows: cid:…, without <>
};

enum class Role : std::int16_t { from = 0, reply_to = 1, to = 2, cc = 3 };

// Somebody whom a mail names.
struct Person {
    Role role = Role::to;
    std::string name{};
    std::string address{};  // in lower case
};

// Of a mail: where it belongs and whom its answer may concern. Ids are without <>.
struct MailHead {
    std::string id{};                       // its Message-ID; empty: it has none, and nothing refers to it
    std::vector<std::string> references{};  // In-Reply-To and References, the newest first, at most kMailReferencesMax
    std::int64_t answers = 0;               // the number of the conversation whose reply address it is for; 0: none
    std::vector<Person> people{};
    std::string no_autoreply = "not_verified";  // why no machine may answer it (desk/autoreply); empty: one may
};

// One message as an adapter hands it over. `raw` is the wire form, kept unchanged.
struct Inbound {
    AccountId account{};
    ChannelId channel{};
    MessageId id = MessageId::make();
    std::string external_id{};
    std::string sender_id{};  // the contact's address on this channel
    std::string sender_name{};
    std::optional<std::string> sender_email{};
    std::optional<std::string> thread_id{};
    std::optional<std::string> external_ref{};  // for the conversation that it comes into, where both are free
    std::string subject{};
    std::string text{};
    std::optional<std::string> html{};
    bool is_showable = false;  // text and html are as showable.hpp leaves them: sanitised, and with their folds
    message::Folds folds{};
    std::optional<Timestamp> occurred_at{};  // the sender's own time; of a mail its server's
    std::optional<Timestamp> sent_at{};      // the sender's own where that is another: of a mail its Date
    conversation::Visibility visibility = conversation::Visibility::private_;
    std::optional<message::Judgement> judgement{};  // the adapter's own; empty: a person said it, as far as it knows
    std::vector<Attachment> attachments{};
    std::optional<MailHead> mail{};
    bool backlog = false;  // is_history() at its arrival: routed after everything else of its account
    std::string raw{};
    std::string unreadable{};  // why nobody can read `raw`, which is a mail: the router moves it to quarantine at once
};

// The answer to an accepted message; it exists only after COMMIT.
struct Receipt {
    MessageId id{};  // of the first one with this external id
    bool duplicate = false;
    bool conflict = false;  // duplicate by id, but something else was said
};

// A queue row as the router reads it. `payload` is what codec.hpp wrote; empty for commands.
struct Queued {
    AccountId account{};
    std::int64_t seq = 0;
    MessageId id{};
    Kind kind = Kind::message;
    ChannelId channel{};
    Uuid subject{};
    std::string payload{};
    Timestamp received_at{};
    bool backlog = false;
};

// A correctly signed body that was not accepted; kept for a week, so that nothing an integrator sent is lost.
using RejectionId = StrongId<struct RejectionTag>;

enum class RejectionReason : std::int16_t {
    refused = 0,   // the body could not be understood
    conflict = 1,  // its id was taken by a message that said something else
};

struct Rejection {
    AccountId account{};
    RejectionId id = RejectionId::make();
    ChannelId channel{};
    RejectionReason reason = RejectionReason::refused;
    std::optional<std::string> external_id{};  // where one could be read
    std::string detail{};                      // the sentence the sender was told
    std::string body{};                        // as received; cut to a preview in lists
    std::int64_t body_bytes = 0;
    Timestamp received_at{};
    std::optional<Timestamp> replayed_at{};
};

// A row that left the queue because it could not be routed.
struct Quarantined {
    AccountId account{};
    MessageId id{};
    ChannelId channel{};
    std::string payload{};
    std::string error{};
    Timestamp received_at{};
    Timestamp quarantined_at{};
    std::optional<Timestamp> asked_at{};  // since when its mailbox is asked for it again, of a mail that has no bytes
};

// What became of a message that an integrator sent.
enum class FateState : std::int16_t { queued, routed, quarantined, rejected };

struct Fate {
    FateState state = FateState::queued;
    MessageId id{};                 // nil: rejected
    ConversationId conversation{};  // routed only
    std::optional<std::string> error{};
    std::int64_t duplicates = 0;  // later bodies under the same id that said the same
    std::int64_t conflicts = 0;   // later bodies under the same id that said something else
};

inline constexpr std::int64_t kNowhere = std::numeric_limits<std::int64_t>::max();

// An account with rows in the queue, as a claimer remembers it: of what came live nothing below `from` waits to be
// routed, and nothing of its backlog below `backlog_from`.
struct Lane {
    AccountId account{};
    std::int64_t from = kNowhere;
    std::int64_t backlog_from = kNowhere;
    std::int64_t rows = 0;  // seen waiting, at least
};

}  // namespace lupaus::desk::inbound
