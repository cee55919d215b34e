// Reads the payloads that encode() wrote, straight into a message: the router reads thousands of them a second, and a
// general JSON parser takes five times as long. Unknown fields are skipped, since a newer program may have added some;
// null counts as absent; a known field of another type ends the reading. Used on one thread. Source: RFC 8259; that the
// text is UTF-8 is PostgreSQL's promise.
#pragma once

#include "services/desk/inbound/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::inbound {

class PayloadReader {
public:
    explicit PayloadReader(std::string_view text) : rest_(text) {}

    bool read(Inbound& message);  // false: nobody wrote this

private:
    template <class ReadField>
    bool read_object(ReadField read_field);
    template <class ReadItem>
    bool read_list(ReadItem read_item);
    bool read_message_field(std::string_view name, Inbound& message);
    bool read_attachment_field(std::string_view name, Attachment& attachment);
    bool read_attachments(Inbound& message);
    bool read_size(Attachment& attachment);
    bool read_time(std::optional<Timestamp>& time);
    bool read_fold(std::optional<std::int32_t>& fold);
    bool read_mail(MailHead& mail);
    bool read_mail_field(std::string_view name, MailHead& mail);
    bool read_person_field(std::string_view name, Person& person);
    bool read_visibility(Inbound& message);
    bool read_verdict(Inbound& message);
    bool read_string(std::string& out);
    bool read_escape(std::string& out);
    bool read_code_unit(unsigned& unit);
    bool read_integer(std::int64_t& number);
    bool skip_value(int depth);
    bool skip_scalar();
    void skip_space();
    bool take(char c);
    bool take(std::string_view word);

    std::string_view rest_;
    std::string unused_;  // a skipped string
};

}  // namespace lupaus::desk::inbound
