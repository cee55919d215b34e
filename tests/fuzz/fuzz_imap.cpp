// What a mail server says: however the network slices it, it is understood alike or refused alike, within the limits;
// and no order of answers brings a session to anything but its end or an explanation.

#include "common/imap/session.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;

namespace {

constexpr imap::ReaderLimits kLimits{.line_bytes_max = 512, .literal_bytes_max = 1024};

struct Reading {
    std::string said;  // everything that was understood, in a line each
    std::optional<Errc> error;

    bool operator==(const Reading&) const = default;
};

struct Describe {
    std::string operator()(const imap::Status& status) const {
        return "status " + status.tag + " " + status.code + " " + status.code_value + " " + status.text;
    }

    std::string operator()(const imap::Continuation& more) const { return "more " + more.text; }

    std::string operator()(const imap::Capabilities& found) const {
        std::string text = "capabilities";
        for (const auto& name : found.names) {
            text += " " + name;
        }
        return text;
    }

    std::string operator()(const imap::Exists& exists) const { return "exists " + std::to_string(exists.count); }

    std::string operator()(const imap::Expunged& gone) const { return "gone " + std::to_string(gone.sequence); }

    std::string operator()(const imap::Fetched& fetched) const {
        require(!fetched.body || fetched.body->size() <= kLimits.literal_bytes_max + kLimits.line_bytes_max);
        const auto arrived = fetched.arrived ? epoch_micros(*fetched.arrived) : 0;
        return "fetched " + std::to_string(fetched.sequence) + " " + std::to_string(fetched.uid) + " " +
               std::to_string(fetched.size.value_or(0)) + " " + std::to_string(arrived) + " " +
               fetched.body.value_or("none");
    }

    std::string operator()(const imap::Unknown& unknown) const { return "unknown " + unknown.name; }
};

Reading read(std::string_view bytes, std::size_t slice) {
    imap::ResponseReader reader(kLimits);
    Reading reading;
    while (!bytes.empty() && !reading.error) {
        reader.put(bytes.substr(0, slice));
        bytes.remove_prefix(std::min(slice, bytes.size()));
        for (auto next = reader.next(); next && !reading.error; next = reader.next()) {
            if (*next) {
                reading.said += std::visit(Describe{}, **next) + "\n";
            } else {
                require(!next->error().detail.empty());
                reading.error = next->error().code;
            }
        }
    }
    return reading;
}

void act(imap::Session& session, std::uint8_t choice) {
    const std::vector<std::uint32_t> uids{7, 8, 10};
    switch (choice % 6) {
        case 0:
            session.list({.first = 1, .last = choice}, 3);
            break;
        case 1:
            session.fetch(uids, 2000);
            break;
        case 2:
            session.mark_seen(uids);
            break;
        case 3:
            session.move(uids, "Done");
            break;
        case 4:
            session.select();
            break;
        default:
            session.idle();
    }
}

// What a server says line by line, each answered as a mailbox would.
void converse(std::string_view bytes, std::uint8_t choice) {
    imap::Session session({.user = "aino", .secret = Secret("s3cret")}, {.name = "INBOX"}, kLimits);
    session.begin(choice % 2 == 0 ? imap::Line::secure : imap::Line::upgrade);
    bool is_secret_safe = choice % 2 == 0;
    while (!bytes.empty() && session.need() != imap::Session::Need::over) {
        if (session.need() == imap::Session::Need::tls) {
            is_secret_safe = true;
            session.secured();
        } else if (session.need() == imap::Session::Need::nothing) {
            act(session, choice++);
        }
        const auto said = session.take_output();
        require(is_secret_safe || said.empty() || said.ends_with("STARTTLS\r\n"));
        const auto size = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
        session.put(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    require(session.take_listed().size() <= 3 && session.take_mails().size() <= 3);
    if (const auto& failure = session.failure()) {
        require(text::is_valid_utf8(failure->detail) && failure->detail.find("s3cret") == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const auto bytes = fuzz::as_text(data + 1, size - 1);
    require(read(bytes, 1U + data[0]) == read(bytes, bytes.size()));
    if (bytes.find("s3cret") == std::string_view::npos) {
        converse(bytes, data[0]);
    }
    return 0;
}
