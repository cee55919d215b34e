// A channel: where messages come from and replies go. Codes are stored as smallint; never renumber them.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::channel {

enum class Kind : std::int16_t { webhook = 0, email = 1 };
enum class ReopenTo : std::int16_t {
    same_agent = 0,  // who had it, if they are online
    queue = 1,       // whoever is free, no matter who had it
};

enum class Security : std::int16_t { tls = 0, starttls = 1, none = 2 };
enum class FetchMode : std::int16_t { leave = 0, seen = 1, move = 2 };  // what becomes of a fetched mail on its server

// With a user and no password of its own it is asked with tokens of the channel's oauth (XOAUTH2); without a user, with
// nothing.
struct MailServer {
    std::string host{};
    int port = 0;
    Security security = Security::tls;
    std::string user{};         // empty: none
    bool has_password = false;  // see MailSecrets

    bool operator==(const MailServer&) const = default;
};

struct Mailbox {
    MailServer server{};
    std::string folder = "INBOX";
    FetchMode mode = FetchMode::leave;
    std::string move_to{};      // where mode is move
    std::string sent_folder{};  // for copies of what was sent; empty: none are made

    bool operator==(const Mailbox&) const = default;
};

// Where fresh access tokens come from; its secret and its refresh token are in MailSecrets.
struct OAuth {
    std::string token_url{};
    std::string client_id{};

    bool operator==(const OAuth&) const = default;
};

// The same for whoever signs in with it.
struct SealedGrant {
    std::string token_url{};
    std::string client_id{};
    std::string sealed_client_secret{};  // empty: the client has none
    std::string sealed_refresh_token{};
};

// What a customer who begins a conversation is told at once, by a machine. Variables as in canned replies, but for the
// agent's: nobody wrote it.
struct Acknowledgement {
    std::string subject{};  // empty: "Re: " and that of the mail
    std::string text{};

    bool operator==(const Acknowledgement&) const = default;
};

// What a channel of the kind email has besides. Addresses are in lower case.
struct Email {
    std::string address{};
    std::string sender_name{};
    std::vector<std::string> other_addresses{};  // that are the channel's own, too
    std::optional<std::string> trusted_host{};   // whose Authentication-Results and spam headers are believed
    bool attributes_forwarded = false;           // a forwarded mail is its original sender's
    std::optional<MailServer> smtp{};            // empty: replies wait in the channel's outbox
    std::optional<Mailbox> imap{};               // empty: mail is handed over
    std::optional<OAuth> oauth{};
    bool quote_history = false;  // replies carry the message that they answer
    std::optional<Acknowledgement> acknowledgement{};  // only with a trusted host
};

// In clear, for whoever signs in; never shown, logged or put into an event.
struct MailSecrets {
    std::optional<std::string> smtp_password{};
    std::optional<std::string> imap_password{};
    std::optional<std::string> oauth_client_secret{};
    std::optional<std::string> oauth_refresh_token{};
};

enum class MailboxState : std::int16_t { connecting = 0, fetching = 1, waiting = 2, failing = 3, held = 4 };

// How the reading of its mailbox fares.
struct MailboxHealth {
    MailboxState state = MailboxState::connecting;
    std::string reason{};                     // a sentence, where not all is well
    std::optional<Timestamp> last_good_at{};  // when everything that was there had been stored
    std::int64_t mails = 0;                   // in the folder
    std::int64_t stored = 0;                  // of those, counted since it was last numbered anew
};

struct Channel {
    AccountId account;
    ChannelId id;
    Kind kind = Kind::webhook;
    std::string name;
    TeamId team;                       // conversations start here; nil: none
    std::optional<std::string> skill;  // an agent must have it
    int weight = 1;
    std::optional<std::string> outbound_url;            // empty: replies wait in the channel's outbox
    Timestamp live_since{};                             // older messages are history
    bool rotating = false;                              // the previous secret is still accepted
    std::optional<std::chrono::seconds> reopen_window;  // after a resolution; empty: as configured, 0: never
    ReopenTo reopen_to = ReopenTo::same_agent;
    TokenId bot;  // conversations begin with it; nil: with the desk
    std::optional<Timestamp> disabled_at;
    int version = 1;
    std::optional<Email> email{};  // of the kind email
    MailboxHealth mailbox{};       // where email->imap is read: not on a disabled channel
};

}  // namespace lupaus::desk::channel
