// The outbox. Replies enter it in the transaction that writes them; the courier claims what is due, with the attempt
// number and a lease committed before the first byte, and concludes an attempt only while it is still the newest.
// Locks: delivery, message, timer, then the house order (conversation, promise, event counter). Whoever enqueues or
// retries announces Topic::delivery after the commit.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "common/telemetry/metrics.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/channel/types.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/delivery/types.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/promise/types.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::delivery {

struct NewDelivery {
    AccountId account;
    ChannelId channel;
    ConversationId conversation;
    MessageId message;
    AgentId author;
    std::string body;             // outbound_body(...)
    std::optional<int> undo_s{};  // how long it is held; nothing: an agent's as long as the team's are
    TeamId team{};
};

// The customer's address on the channel, for outbound_body; empty where there is none.
std::string find_address(Tx& tx, AccountId account, ChannelId channel, ContactId contact);

// Due at once, or when it is no longer held, where the channel has a way out (an outbound_url, or a mail server; with
// the timer that raises `undelivered`); else it waits in the channel's outbox until it is acknowledged there. The
// message row, stored already, carries delivery_state `queued` by its writer; its sends_at is due_at where the reply is
// held.
Delivery enqueue(Tx& tx, const NewDelivery& reply);

// The same for what machines write to customers: nobody's, and never held. In one statement.
void enqueue_automatic(Tx& tx, std::span<const NewDelivery> mails);

// How a channel reaches its customers. Secrets are sealed.
struct Way {
    channel::Kind kind = channel::Kind::webhook;
    std::string url{};
    std::string sealed_secret{};
    std::optional<channel::MailServer> smtp{};
    std::string sealed_password{};
    std::optional<channel::SealedGrant> oauth{};  // for a mail server with a user and no password
    bool is_disabled = false;
};

// A file of the message, by its place in the blob store.
struct SentFile {
    std::string name{};
    std::string content_type{};
    std::string sha256{};
    std::string content_id{};  // by which the html names it; empty: it does not
};

// One attempt to make: committed as begun, leased, and told apart from every other attempt by delivery.attempt.
struct Job {
    Delivery delivery;
    Way way;
    bool is_repetition = false;     // of a mail that may have arrived
    std::vector<SentFile> files{};  // of a mail
    Timestamp begun_at{};           // the database's clock
};

struct InFlight {
    ChannelId channel;
    int count = 0;
};

struct ClaimOptions {
    int limit = 1;
    int per_channel = 1;                  // under way at once, those in `in_flight` included
    std::span<const InFlight> in_flight;  // of the caller
    std::chrono::milliseconds lease{};
};

struct Claim {
    std::vector<Job> jobs;
    std::vector<State> concluded;                         // what could not be attempted
    bool is_cut = false;                                  // more may be due than was looked at: claim again at once
    std::optional<std::chrono::milliseconds> until_next;  // how long nothing more is due; empty: nothing waits
};

// Locks what is due with SKIP LOCKED, expired leases too, and begins an attempt on each. Deliveries that cannot be
// attempted are concluded instead: an expired lease where nobody deduplicates, a channel without a way out.
// A transaction with Scope::queues(); it is narrowed to the accounts found. The last thing before COMMIT.
Claim claim(Tx& tx, const ClaimOptions& options);

// Puts in what belongs to the mails among them. Scope: their accounts.
void load_files(Tx& tx, std::vector<Job>& jobs);

// How an attempt ended.
struct Conclusion {
    AccountId account;
    DeliveryId delivery;
    int attempt = 0;
    Step step;
    std::optional<int> status;               // of the receiver's answer
    std::optional<std::string> external_id;  // the receiver's own id of the message
};

// Appends the events people see: the last thing before COMMIT. Scope: the delivery's account. False: another attempt
// has begun meanwhile, or the delivery ended; nothing was changed but the attempt's own row. `metrics`, also below,
// count the wait that a late arrival ends; they outlive the transaction.
bool conclude(Tx& tx, const Conclusion& conclusion, telemetry::Metrics& metrics);

struct Backlog {
    std::int64_t due = 0;         // due or under way, counted up to kBacklogCountMax
    std::chrono::seconds age{0};  // of the oldest due time that has passed
};

inline constexpr int kBacklogCountMax = 10'000;

Backlog measure_backlog(Tx& tx);

// The API's side (outbox.cpp): one account, role lupaus_app.
struct AttemptRow {
    int attempt = 0;
    Timestamp started_at{};
    std::optional<Timestamp> ended_at;
    std::optional<int> status;
    std::optional<std::string> error;
};

struct OutboxCursor {
    Timestamp created_at{};
    DeliveryId id;
};

Result<Delivery> find(Tx& tx, AccountId account, DeliveryId id);
std::vector<AttemptRow> attempts_of(Tx& tx, AccountId account, DeliveryId id);  // the newest first, at most a page
std::vector<Delivery> list_outbox(Tx& tx, AccountId account, ChannelId channel,
                                  const std::optional<OutboxCursor>& after, int limit);

// The integrator took a waiting reply: it is sent. Again: the same answer. Errors: not_found; conflict when the reply
// does not wait in this channel's outbox.
struct Acknowledgement {
    AccountId account;
    ChannelId channel;
    DeliveryId delivery;
    std::optional<std::string> external_id;
    event::Actor actor;
};

Result<Delivery> acknowledge(Tx& tx, const Acknowledgement& acknowledgement, telemetry::Metrics& metrics);

// A human decides that a failed or uncertain delivery is sent again. Errors: not_found, conflict.
Result<Delivery> retry(Tx& tx, AccountId account, DeliveryId id, const event::Actor& actor);

// A held reply is taken back before a byte of it has left: what it settled is owed again, as after a refusal. The
// caller appends the events, `message.delivery` first. Errors: conflict where it was not held, or is on its way.
struct Undone {
    Delivery delivery;
    bool is_news = false;  // false: it was undone before
    std::optional<promise::Promise> opened;
    std::optional<promise::Promise> moved;
    std::vector<alert::Alert> resolved;
};

Result<Undone> undo(Tx& tx, AccountId account, MessageId message);

}  // namespace lupaus::desk::delivery
