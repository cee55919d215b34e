// Prints what was read from each of the mails that are named, a JSON object a line, for corpus_test.py.

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/mail/content.hpp"
#include "common/mail/mail.hpp"
#include "common/mail/structure.hpp"
#include "common/text/json_writer.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

using namespace lupaus;

namespace {

std::string digest(std::string_view bytes) {
    const auto hash = crypto::sha256(bytes);
    return crypto::hex_encode({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

void write_addresses(text::JsonWriter& json, std::string_view key, const std::vector<mail::Address>& addresses) {
    json.key(key).begin_array();
    for (const auto& address : addresses) {
        json.begin_array().value(address.name).value(address.address).end_array();
    }
    json.end_array();
}

// What is no multipart, attached mails as a whole: content type and digest of the decoded bytes.
void write_leaves(text::JsonWriter& json, std::string_view bytes) {
    const auto entities = mail::take_apart(bytes).value();
    json.key("leaves").begin_array();
    for (const auto& entity : entities) {
        if (entity.children.empty()) {
            json.begin_array().value(entity.type.value).value(digest(mail::bytes_of(entity))).end_array();
        }
    }
    json.end_array();
}

std::string show(std::string_view bytes) {
    std::string shown;
    text::JsonWriter json(shown);
    json.begin_object();
    const auto mail = mail::read(bytes);
    if (!mail) {
        json.field("error", mail.error().detail).end_object();
        return shown;
    }
    json.field("subject", mail->subject).field("message_id", mail->message_id).field("text", mail->text);
    json.field("html", mail->html).field("date", mail->date).field("is_report", mail->report.has_value());
    write_addresses(json, "from", mail->from);
    write_addresses(json, "to", mail->to);
    write_leaves(json, bytes);
    json.key("parts").begin_array();
    for (const auto& part : mail->parts) {
        json.value(part.name);
    }
    json.end_array().end_object();
    return shown;
}

}  // namespace

int main(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
        std::ifstream file(arguments[i], std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        std::puts(show(bytes).c_str());
    }
    return 0;
}
