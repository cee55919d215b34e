// Bytes from a stranger on the LMTP port: however the network slices them, the same is said and the same mails are
// taken, none of them larger than allowed or with more recipients.

#include "common/smtp/reception.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

constexpr std::size_t kMailMax = 256;
constexpr std::size_t kRecipientsMax = 4;

struct Outcome {
    std::string said;
    std::vector<std::string> mails;
    bool is_over = false;

    bool operator==(const Outcome&) const = default;
};

void decide(smtp::Reception& reception, Outcome& outcome) {
    using Asks = smtp::Reception::Asks;
    if (reception.asks() == Asks::recipient) {
        const bool is_known = reception.recipient().size() % 2 == 0;
        reception.answer_recipient({.code = is_known ? 250 : 550, .status = is_known ? "2.1.5" : "5.1.1", .text = "x"});
    } else if (reception.asks() == Asks::mail) {
        auto mail = reception.take_mail();
        require(mail.bytes.size() <= kMailMax);
        require(!mail.recipients.empty() && mail.recipients.size() <= kRecipientsMax);
        const std::vector<smtp::Answer> replies(mail.recipients.size(), {.code = 250, .status = "2.0.0", .text = "x"});
        outcome.mails.push_back(std::move(mail.bytes));
        reception.answer_mail(replies);
    }
}

Outcome talk(std::string_view bytes, std::size_t slice) {
    smtp::Reception reception({.host = "h", .mail_bytes_max = kMailMax, .recipients_max = kRecipientsMax});
    Outcome outcome;
    while (!bytes.empty() && reception.asks() != smtp::Reception::Asks::end) {
        const auto used = reception.put(bytes.substr(0, slice));
        require(used > 0 && used <= bytes.size());
        require(reception.mail_bytes() <= kMailMax);
        bytes.remove_prefix(used);
        decide(reception, outcome);
    }
    outcome.said = reception.take_output();
    outcome.is_over = reception.asks() == smtp::Reception::Asks::end;
    require(outcome.said.ends_with("\r\n"));
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::size_t slice = 1 + data[0];
    const auto bytes = fuzz::as_text(data + 1, size - 1);
    require(talk(bytes, slice) == talk(bytes, bytes.size()));
    return 0;
}
