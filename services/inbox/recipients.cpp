#include "services/inbox/recipients.hpp"

#include "common/mail/draft.hpp"

namespace lupaus::inbox {

namespace {

using desk::delivery::Mailbox;

constexpr std::size_t kRecipientsMax = 50;  // of one list
constexpr text::StringRule kName{.min_bytes = 0, .required = false};

std::optional<std::vector<Mailbox>> read_list(text::JsonReader& reader, std::string_view name) {
    if (!reader.has(name) || reader.is_null(name)) {
        return std::nullopt;
    }
    std::vector<Mailbox> mailboxes;
    for (auto& one : reader.objects(name, kRecipientsMax)) {
        Mailbox mailbox{.name = one.string("name", kName), .address = one.optional_string("address").value_or("")};
        if (!one.has("address")) {
            reader.fail(name, "has somebody without an address");
        } else if (!mail::is_writable_address(mailbox.address)) {
            one.fail("address", std::string(mail::kUnwritable));
        }
        if (mailbox.name.find_first_of("\r\n") != std::string::npos) {
            one.fail("name", "holds a line break");
        }
        one.refuse_unknown();
        mailboxes.push_back(std::move(mailbox));
    }
    return mailboxes;
}

}  // namespace

std::string_view first_given(const desk::letter::GivenRecipients& given) {
    return given.to ? "to" : given.cc ? "cc" : "bcc";
}

desk::letter::GivenRecipients read_recipients(text::JsonReader& reader) {
    desk::letter::GivenRecipients given;
    given.to = read_list(reader, "to");
    if (given.to && given.to->empty()) {
        reader.fail("to", "names nobody");
    }
    given.cc = read_list(reader, "cc");
    given.bcc = read_list(reader, "bcc").value_or(std::vector<Mailbox>{});
    return given;
}

}  // namespace lupaus::inbox
