// What a mail says, read from its bytes: Internet Message Format (RFC 5322, with UTF-8 in headers as RFC 6532 has it),
// MIME (RFC 2045 to 2047, 2231), format=flowed (RFC 3676), delivery reports (RFC 3464) and receipts (RFC 8098).
// Everything that is called text here is valid UTF-8 without NUL. Any thread, time linear in the bytes.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::mail {

struct Address {
    std::string name{};     // decoded; may be empty
    std::string address{};  // as written, its domain in lower case; empty where only a group or a name stood there
};

struct Header {
    std::string name{};   // lower case
    std::string value{};  // unfolded, encoded words decoded, no control characters
};

enum class Disposition : std::uint8_t { attachment, inlined };

using TakePiece = std::function<void(std::string_view piece)>;

// The bytes of a part as they stand in the mail.
struct Encoded {
    std::string_view body{};
    std::string_view encoding{};  // Content-Transfer-Encoding, as written

    void decode(const TakePiece& take) const;  // piece by piece, none much longer than 64 KiB but for a line that is
};

struct Kept {
    std::string name{};
    std::uint64_t size = 0;  // decoded
};

// Puts the bytes of a large part elsewhere than into memory and says by which name they are found there.
using KeepPart = std::function<Kept(const Encoded&)>;

// An attachment or a picture of the text; so are an attached mail, a calendar, TNEF, the parts of a report.
struct Part {
    std::string name{};          // never empty, never a path: made from the type where none was given
    std::string content_type{};  // lower case, "type/subtype"
    std::string content_id{};    // without <>; empty: none
    Disposition disposition = Disposition::attachment;
    std::string bytes{};  // decoded; empty where they are kept elsewhere
    std::optional<Kept> kept{};
};

struct FailedRecipient {    // of a delivery report
    std::string address{};  // the one that the mail was sent to, where the report still knows it
    std::string action{};   // failed, delayed, delivered, relayed, expanded
    std::string status{};   // "5.1.1"
    std::string diagnostic{};
};

struct Report {                         // multipart/report of the type delivery-status
    std::string original_message_id{};  // of the mail that it speaks of, from the returned part; empty: unknown
    std::vector<FailedRecipient> recipients{};
};

struct Mail {
    std::string message_id{};                // without <>; empty: none
    std::vector<std::string> in_reply_to{};  // without <>, in their order
    std::vector<std::string> references{};   // the same; the newest is the last
    std::vector<Address> from{}, sender{}, reply_to{}, to{}, cc{};
    std::string subject{};
    std::optional<Timestamp> date{};  // the sender's own, of the header
    std::vector<Header> headers{};    // all, in their order
    std::string content_type{};       // of the whole: "multipart/report"
    std::string text{};  // the plain text, lines ending in \n; empty: there is none, or html alone has it all
    std::optional<std::string> html{};  // as received but for its charset: NOT sanitised
    std::vector<Part> parts{};
    std::optional<Report> report{};
    bool is_read_receipt = false;  // multipart/report of the type disposition-notification
    bool is_lossy = false;         // something could not be decoded and was replaced by U+FFFD, or a NUL was taken out
};

// Errors: invalid, with the reason in words, for what is no mail or goes beyond the limits of mails in
// common/base/limits.hpp. Nothing that is in a mail makes it throw; what `keep` throws goes through. Without `keep` the
// bytes of all parts are in memory, as those of small parts and of attached mails always are.
Result<Mail> read(std::string_view bytes, const KeepPart& keep = {});

// The first value of a header, by its name in lower case.
std::optional<std::string_view> find_header(const Mail& mail, std::string_view name);

}  // namespace lupaus::mail
