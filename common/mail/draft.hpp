// The one serialiser of mail. The same draft gives the same bytes, so that a repeated sending is the same mail: 7-bit
// clean but for addresses beyond ASCII, lines of at most 78 columns that end in CR LF, text beside HTML
// (multipart/alternative), pictures beside the HTML that shows them (related), files behind both (mixed). Pure, any
// thread. Errors: invalid, naming the field: CR, LF or NUL in any header value, broken UTF-8, what is no address.
// Source: RFC 5322, 6532 (addresses); MIME: RFC 2045 to 2047, 2183, 2231, 2387.
#pragma once

#include "common/base/error.hpp"
#include "common/mail/mail.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::mail {

struct Draft {
    std::string message_id{};  // without <>; made before the first try, the same at every one
    Address from{};
    std::optional<Address> reply_to{};
    std::vector<Address> to{}, cc{}, bcc{};  // bcc is in the envelope alone
    std::string subject{};
    std::string in_reply_to{};              // without <>; "" none
    std::vector<std::string> references{};  // the same; the newest is the last
    Timestamp date{};
    std::string text{};  // "" where there is HTML alone
    std::optional<std::string> html{};
    std::vector<Part> parts{};    // inline ones by cid
    std::vector<Header> extra{};  // Auto-Submitted, …
};

Result<std::string> write(const Draft& draft);

// To, Cc and Bcc: everybody whom the mail goes to, once each.
std::vector<std::string> recipients(const Draft& draft);

// Whether mail can be addressed to it: local@domain, without quoting and without anything that could end a header field
// or a command. The local part may go beyond ASCII (such mail needs SMTPUTF8, RFC 6531); the domain is written in
// A-labels (xn--…, RFC 5890, section 2.3.2.1), which nobody here looks up.
bool is_writable_address(std::string_view address);

// What is said of one that is not.
inline constexpr std::string_view kUnwritable =
    "is no address that mail can be sent to: local@domain, the domain in ASCII (xn--…)";

}  // namespace lupaus::mail
