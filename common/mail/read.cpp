#include "common/base/limits.hpp"
#include "common/mail/address_list.hpp"
#include "common/mail/ascii.hpp"
#include "common/mail/content.hpp"
#include "common/mail/date.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/field.hpp"
#include "common/mail/mail.hpp"
#include "common/mail/report.hpp"
#include "common/mail/structure.hpp"

#include <algorithm>
#include <iterator>

namespace lupaus::mail {

namespace {

// Of To and Cc there may be several; of the others the first counts.
struct AddressField {
    std::string_view name;
    std::vector<Address> Mail::* list;
    bool is_repeatable;
};

constexpr AddressField kAddressFields[] = {{"from", &Mail::from, false},
                                           {"sender", &Mail::sender, false},
                                           {"reply-to", &Mail::reply_to, false},
                                           {"to", &Mail::to, true},
                                           {"cc", &Mail::cc, true}};

void read_addresses(const RawField& field, std::string_view name, Mail& mail) {
    const auto kind = std::ranges::find(kAddressFields, name, &AddressField::name);
    if (kind == std::end(kAddressFields) || (!kind->is_repeatable && !(mail.*kind->list).empty())) {
        return;
    }
    auto read = parse_addresses(field.value);
    mail.is_lossy |= read.is_lossy;
    auto& list = mail.*kind->list;
    if (list.empty()) {
        list = std::move(read.addresses);
    } else {
        std::ranges::move(read.addresses, std::back_inserter(list));
    }
}

void read_headers(std::string_view block, Mail& mail) {
    constexpr std::size_t kUsualCount = 32;
    mail.headers.reserve(kUsualCount);
    FieldReader fields(block);
    while (const auto field = fields.next()) {
        auto value = decode_field(field->value);
        mail.is_lossy |= value.is_lossy;
        mail.headers.push_back({.name = to_lower(field->name), .value = std::move(value.text)});
        const auto& name = mail.headers.back().name;
        read_addresses(*field, name, mail);
        if (name == "date" && !mail.date) {
            mail.date = parse_date(field->value);
        } else if (name == "in-reply-to" && mail.in_reply_to.empty()) {
            mail.in_reply_to = parse_message_ids(field->value);
        } else if (name == "references" && mail.references.empty()) {
            mail.references = parse_message_ids(field->value);
        } else if (name == "message-id" && mail.message_id.empty()) {
            auto ids = parse_message_ids(field->value);
            mail.message_id = ids.empty() ? "" : std::move(ids.front());
        }
    }
    mail.subject = find_header(mail, "subject").value_or("");
}

}  // namespace

Result<Mail> read(std::string_view bytes, const KeepPart& keep) {
    if (bytes.size() > limits::kMailBytesMax) {
        return Error{.code = Errc::invalid,
                     .detail = "the mail has " + std::to_string(bytes.size()) + " bytes, at most " +
                               std::to_string(limits::kMailBytesMax) + " are read"};
    }
    const auto entities = take_apart(bytes);
    if (!entities) {
        return entities.error();
    }
    Mail mail;
    const auto& whole = entities->front();
    mail.content_type = whole.type.value;
    read_headers(whole.header, mail);
    read_content(*entities, keep, mail);
    read_report(*entities, mail);
    return mail;
}

std::optional<std::string_view> find_header(const Mail& mail, std::string_view name) {
    const auto found = std::ranges::find(mail.headers, name, &Header::name);
    return found == mail.headers.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

}  // namespace lupaus::mail
