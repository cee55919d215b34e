#include "services/desk/letter/bounce.hpp"

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"
#include "services/desk/delivery/receipt.hpp"
#include "services/desk/letter/head.hpp"

#include <algorithm>

namespace lupaus::desk::letter {

namespace {

bool is_copied(const Sent& sent, std::string_view address) {
    return std::ranges::any_of(sent.people, [&](const inbound::Person& person) {
        return person.role == inbound::Role::cc && person.address == address;
    });
}

}  // namespace

std::string failure_of(const lupaus::mail::Report& report, const Sent& sent) {
    std::string failure;
    for (const auto& recipient : report.recipients) {
        const bool has_failed = lower_address(recipient.action) == "failed";
        if (!has_failed || is_copied(sent, lower_address(recipient.address))) {
            continue;
        }
        failure += failure.empty() ? "The mail came back. " : "; ";
        failure += recipient.address + ": " + recipient.status;
        failure += recipient.diagnostic.empty() ? "" : " " + recipient.diagnostic;
    }
    return std::string(text::utf8_prefix(failure, limits::kExternalIdBytesMax));
}

std::optional<delivery::Delivery> note_bounce(Tx& tx, AccountId account, const lupaus::mail::Report& report,
                                              telemetry::Metrics& metrics) {
    const auto sent =
        report.original_message_id.empty() ? std::nullopt : find_sent(tx, account, report.original_message_id);
    auto failure = sent ? failure_of(report, *sent) : std::string();
    if (failure.empty()) {
        return std::nullopt;
    }
    const delivery::Receipt receipt{.account = account,
                                    .channel = sent->channel,
                                    .message_id = to_string(sent->message),
                                    .state = delivery::State::failed,
                                    .detail = std::move(failure)};
    const auto noted = delivery::note_receipt(tx, receipt, event::Actor::system(), metrics);
    return noted && noted->is_news ? std::optional(noted->delivery) : std::nullopt;
}

}  // namespace lupaus::desk::letter
