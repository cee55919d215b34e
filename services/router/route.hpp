// The router's one decision: route(snapshot, batch) -> changes. Pure; ids come from the caller's source. The shell
// (batch.cpp) reads the snapshot before and writes the changes after, in one transaction.
//
//   message   contact found or made -> conversation by thread id or what a mail refers to, else (no mail) the contact's
//             newest that is not resolved or was within the reopen window, else a new one -> where it begins or is
//             reopened, the channel's bot has it; else wait opened if none is open, or begun earlier if the message was
//             said before it -> woken, reopened or routed anew -> assigned; the same however the messages are spread
//             over batches; and a mail that begins a conversation is acknowledged where its channel says so
//   drain     waiting conversations are offered to whoever has room
//   wake      a snooze ended or a reply came back: open again, to the same agent if they are there; one that was handed
//             back is offered, or noted as nobody's
//   release   an agent went offline: what they had not begun is given to others
//   bot_silent  a bot left its customer without a word: the desk has the conversation now, with a first reply to give
//   bot_gone    a bot's token has ended: all that it held is handed over
#pragma once

#include "services/desk/capacity/types.hpp"
#include "services/desk/letter/types.hpp"
#include "services/desk/message/types.hpp"
#include "services/router/assign.hpp"

#include <functional>

namespace lupaus::router {

struct RouteOptions {
    std::chrono::seconds reopen_window{};
    std::chrono::milliseconds bot_silence{};
    desk::promise::LadderOptions ladder;
    std::function<Uuid()> make_id;
};

struct NewContact {
    AccountId account;
    ContactId id;
    ChannelId channel;
    std::string address;
    std::string name;
    std::optional<std::string> email;
    Timestamp created_at{};
};

// What will be appended to the event log once the conversation has its final shape.
struct Happening {
    std::string_view type;
    ConversationId conversation;
    MessageId message{};
    ContactId customer{};  // nil: the system did it
    std::string extra{};   // further members of data: "\"promise\":{…}"
};

struct ConversationChange {
    Conversation conversation;
    bool is_new = false;
    bool is_changed = false;
    std::int64_t begun_by = 0;  // arrival number of the message that made it new: numbers follow this order
};

// Look at a conversation's assignment again then, unless it has been assigned.
struct Later {
    ConversationId conversation;
    Timestamp at{};
};

// A customer's first mail is answered by a machine.
struct Acknowledgement {
    MessageId id{};  // that the answer shall have
    ConversationId conversation{};
    const Item* item = nullptr;  // the mail
};

struct Changes {
    std::vector<NewContact> contacts;
    std::unordered_map<ConversationId, ConversationChange> conversations;
    std::vector<desk::message::Message> messages;
    std::vector<desk::letter::Letter> letters;               // of those messages that are mails
    std::vector<desk::promise::Promise> promises;            // new ones
    std::map<ConversationId, desk::promise::Promise> moved;  // those of the snapshot that began earlier
    std::vector<Assignment> assignments;                     // to be reserved; only then they are assignees
    std::vector<desk::capacity::Change> returned;            // taken or freed whatever the capacity
    std::vector<ConversationId> nobody;                      // nobody is able to take them
    std::vector<Later> later;                                // somebody is, when their wrap-up ends
    std::vector<Later> silences;                             // when their bot will have been silent for too long
    std::vector<std::string_view> handovers;                 // why, for each that a bot lost
    std::vector<Acknowledgement> acknowledgements;           // to be written once their conversations have numbers
    std::vector<std::string> withheld;                       // the rule, for each that is not written
    std::vector<Happening> happenings;
    std::vector<const Item*> deferred;  // their conversation is busy: they stay in the queue
};

Changes route(const Snapshot& snapshot, const std::vector<Item>& batch, const RouteOptions& options);

}  // namespace lupaus::router
