#include "services/courier/mail_attempt.hpp"

#include "common/base/limits.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/autoreply/guard.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace lupaus::courier {

namespace {

namespace delivery = desk::delivery;
using delivery::Outcome;

// Of markup more is written than was given, and a signature and the answered message come behind the reply.
constexpr std::size_t kStringBytesMax = 8 * limits::kTextBytesMax;
constexpr text::StringRule kAnything{.max_bytes = kStringBytesMax, .min_bytes = 0, .required = false};
constexpr std::size_t kIdsMax = 1'000;

mail::Address read_mailbox(text::JsonReader& json) {
    return {.name = json.string("name", kAnything), .address = json.string("address", kAnything)};
}

std::vector<mail::Address> read_mailboxes(text::JsonReader& json, std::string_view name) {
    std::vector<mail::Address> mailboxes;
    for (auto& one : json.objects(name, limits::kMailPeopleMax)) {
        mailboxes.push_back(read_mailbox(one));
    }
    return mailboxes;
}

smtp::Security security_of(desk::channel::Security security) {
    switch (security) {
        case desk::channel::Security::tls:
            return smtp::Security::tls;
        case desk::channel::Security::none:
            return smtp::Security::none;
        case desk::channel::Security::starttls:
            break;
    }
    return smtp::Security::starttls;
}

Outcome outcome_of(smtp::Fate fate) {
    switch (fate) {
        case smtp::Fate::sent:
            return Outcome::accepted;
        case smtp::Fate::refused:
            return Outcome::rejected;
        case smtp::Fate::try_later:
            return Outcome::refused;
        case smtp::Fate::uncertain:
            return Outcome::unknown;
        case smtp::Fate::unreachable:
            break;
    }
    return Outcome::not_sent;
}

}  // namespace

Result<mail::Draft> draft_of(const delivery::Delivery& delivery) {
    const auto body = text::parse_json(delivery.body);
    if (!body) {
        return body.error();
    }
    text::JsonReader json(*body);
    mail::Draft draft;
    draft.text = json.string("text", kAnything);
    draft.html = json.optional_string("html", kAnything);
    draft.date = json.timestamp("created_at");
    auto head = json.object("mail");
    draft.message_id = head.string("message_id", kAnything);
    auto from = head.object("from");
    draft.from = read_mailbox(from);
    if (auto reply_to = head.string("reply_to", kAnything); !reply_to.empty()) {
        draft.reply_to = mail::Address{.name = draft.from.name, .address = std::move(reply_to)};
    }
    draft.to = read_mailboxes(head, "to");
    draft.cc = read_mailboxes(head, "cc");
    draft.bcc = read_mailboxes(head, "bcc");
    // A copy for somebody whom the answered mail named in a way that nobody can write to keeps nothing back.
    std::erase_if(draft.cc, [](const mail::Address& one) { return !mail::is_writable_address(one.address); });
    draft.subject = head.string("subject", kAnything);
    draft.in_reply_to = head.string("in_reply_to", kAnything);
    draft.references =
        head.string_list("references", {.max_items = kIdsMax, .max_item_bytes = limits::kMailIdBytesMax});
    if (auto error = json.error()) {
        return *std::move(error);
    }
    if (is_automatic(delivery)) {
        draft.extra = desk::autoreply::automatic_headers(!draft.in_reply_to.empty());
    }
    return draft;
}

// Sanitised markup has its values between quotation marks, and a content id has no sign that would be escaped there.
mail::Part part_of(const delivery::SentFile& file, const mail::Draft& draft, std::string bytes) {
    const auto shown = "\"cid:" + file.content_id + "\"";
    const bool is_shown = draft.html && !file.content_id.empty() && draft.html->find(shown) != std::string::npos;
    return {.name = file.name,
            .content_type = file.content_type,
            .content_id = file.content_id,
            .disposition = is_shown ? mail::Disposition::inlined : mail::Disposition::attachment,
            .bytes = std::move(bytes)};
}

bool is_automatic(const delivery::Delivery& delivery) {
    return delivery.author.is_nil();
}

smtp::Job make_mail_job(const delivery::Job& job, const mail::Draft& draft) {
    const auto& address = draft.from.address;
    smtp::Job made;
    made.hello = address.substr(address.rfind('@') + 1);
    made.security = security_of(job.way.smtp->security);
    made.from = is_automatic(job.delivery) ? "" : address;
    made.recipients = mail::recipients(draft);
    return made;
}

delivery::Report report_of(const smtp::Outcome& outcome) {
    return {.outcome = outcome_of(outcome.fate), .retry_after = {}, .detail = outcome.detail};
}

}  // namespace lupaus::courier
