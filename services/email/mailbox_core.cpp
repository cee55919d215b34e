#include "services/email/mailbox_core.hpp"

#include <string>

namespace lupaus::email {

namespace {

constexpr std::string_view kStored = "stored";
constexpr std::string_view kKnown = "known";
constexpr std::string_view kQuarantined = "quarantined";
constexpr std::string_view kRefused = "refused";  // kept as a rejection

}  // namespace

MailboxCore::MailboxCore(desk::Context& desk_context, Mailroom& room, net::HttpClient& http)
    : context(desk_context), mailroom(room), tokens(desk_context, http) {
    for (const auto outcome : {kStored, kKnown, kQuarantined, kRefused}) {
        outcomes[outcome] = context.metrics.counter("lupaus_mailbox_mails_total",
                                                    "Mails that were fetched over IMAP, by what became of them.",
                                                    {{"outcome", std::string(outcome)}});
    }
}

void MailboxCore::count(const Result<desk::inbound::Receipt>& receipt, bool is_unreadable) {
    const auto of_new = is_unreadable ? kQuarantined : kStored;
    outcomes.at(!receipt ? kRefused : receipt->duplicate ? kKnown : of_new).add();
}

}  // namespace lupaus::email
