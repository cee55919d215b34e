// The values of Content-Type and Content-Disposition with their parameters (RFC 2045, section 5.1; RFC 2231), read
// leniently: values with blanks that nobody quoted, encoded words where RFC 2231 is meant, names of files with
// backslashes. Any thread, no errors, linear but for sorting.
#pragma once

#include "common/mail/charset.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lupaus::mail {

struct Parameter {
    std::string name{};     // lower case, without what RFC 2231 appends
    std::string bytes{};    // put together from its pieces
    std::string charset{};  // as RFC 2231 names it; empty: none
};

struct Parameters {
    std::string value{};  // what stands before the first semicolon, in lower case and without comments
    std::vector<Parameter> list{};

    std::string_view find(std::string_view name) const;  // empty: none
    Decoded text(std::string_view name) const;           // for people, on one line
};

Parameters parse_parameters(std::string_view folded);

}  // namespace lupaus::mail
