// What the mailboxes of one process share: the way in for their mails, their tokens, and the memory for what they
// fetch. I/O thread.
#pragma once

#include "common/net/body_budget.hpp"
#include "services/desk/mailtoken/mail_tokens.hpp"
#include "services/email/mailroom.hpp"

#include <map>
#include <string_view>

namespace lupaus::email {

struct MailboxCore {
    MailboxCore(desk::Context& desk_context, Mailroom& room, net::HttpClient& http);

    // What became of a mail; `is_unreadable`: it waits in quarantine.
    void count(const Result<desk::inbound::Receipt>& receipt, bool is_unreadable);

    desk::Context& context;
    Mailroom& mailroom;
    desk::mailtoken::MailTokens tokens;
    net::BodyBudget bytes{limits::kMailboxBytesMax};
    std::map<std::string_view, telemetry::Counter> outcomes;
};

}  // namespace lupaus::email
