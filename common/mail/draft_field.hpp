// Header fields as they are written: folded at blanks where the line would pass 78 columns, in words of RFC 2047 where
// the value is not ASCII, names of files as RFC 2231 has them. Values hold no CR, LF or NUL; whoever calls has looked.
// Pure, any thread. Source: RFC 5322, section 2.2.3; RFC 2047, sections 2 and 5; RFC 2231, sections 3 and 4.
#pragma once

#include "common/mail/mail.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lupaus::mail {

// One field, from its name to the end of its last line.
class Field {
public:
    Field(std::string& out, std::string_view name);
    ~Field();
    Field(const Field&) = delete;
    Field& operator=(const Field&) = delete;

    void add(std::string_view token);                        // a blank in front, or a new line
    void add_text(std::string_view text);                    // unstructured, UTF-8
    void add_addresses(std::span<const Address> addresses);  // with their names
    void add_parameter(std::string_view name, std::string_view value);

private:
    void add(std::string_view blank, std::string_view token);
    void add_encoded_words(std::string_view text);
    void add_name(std::string_view name);

    std::string& out_;
    std::size_t line_begin_;
    bool is_empty_ = true;
};

}  // namespace lupaus::mail
