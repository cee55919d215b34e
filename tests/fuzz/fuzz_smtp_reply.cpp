// What a mail server says: however its bytes are cut the same replies come of them, bounded and printable, and a mail
// that is handed over meanwhile is `sent` or `uncertain` only where its final dot has left.

#include "common/smtp/offers.hpp"
#include "common/smtp/submission.hpp"
#include "common/text/utf8.hpp"
#include "tests/fuzz/property.hpp"

#include <algorithm>

using namespace lupaus;
using fuzz::require;
using smtp::Action;
using smtp::ReplyReader;

namespace {

std::vector<std::string> read_all(std::string_view bytes, std::size_t piece) {
    std::vector<std::string> replies;
    ReplyReader reader;
    while (true) {
        const auto next = bytes.substr(0, piece);
        bytes.remove_prefix(next.size());
        auto progress = reader.put(next);
        while (progress == ReplyReader::Progress::complete) {
            const auto reply = reader.take();
            require(reply.code >= 200 && reply.code <= 599 && !reply.lines.empty());
            require(reply.lines.size() <= ReplyReader::kLinesMax);
            replies.push_back(smtp::to_string(reply));
            require(text::is_valid_utf8(replies.back()) && replies.back().size() <= 500);
            smtp::read_offers(reply);
            progress = reader.put("");
        }
        if (progress == ReplyReader::Progress::refused) {
            require(!reader.refusal().empty());
            replies.push_back("refused: " + reader.refusal());
            return replies;
        }
        if (bytes.empty()) {
            return replies;
        }
    }
}

void hand_over(std::string_view bytes, std::size_t piece) {
    smtp::Job job;
    job.security = piece % 2 == 0 ? smtp::Security::starttls : smtp::Security::tls;
    job.login = smtp::Login{.username = "a", .secret = Secret("b")};
    job.from = "a@example.org";
    job.recipients = {"b@example.org", "c@example.org"};
    job.message = ".\r\n";
    smtp::Submission submission(job);
    bool is_dot_said = false;
    auto action = submission.connected();
    while (action.kind != Action::Kind::end) {
        if (action.kind == Action::Kind::write) {
            is_dot_said |= action.bytes == ".\r\n";
            action = submission.written();
        } else if (action.kind == Action::Kind::secure) {
            action = submission.secured();
        } else if (bytes.empty()) {
            submission.lost("closed the connection");
            action = {};
        } else {
            const auto next = bytes.substr(0, piece);
            bytes.remove_prefix(next.size());
            action = submission.received(next);
        }
    }
    const auto& outcome = submission.outcome();
    const bool is_handed_over = outcome.fate == smtp::Fate::sent || outcome.fate == smtp::Fate::uncertain;
    require(!is_handed_over || is_dot_said);
    require(outcome.fate == smtp::Fate::sent || !outcome.detail.empty());
    require(outcome.recipients.size() == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::size_t piece = 1 + data[0] % 64;
    const auto bytes = fuzz::as_text(data + 1, size - 1);
    // What is longer than a line may be refused before its end has come, and is then refused for another reason.
    if (bytes.size() <= ReplyReader::kLineBytesMax) {
        require(read_all(bytes, piece) == read_all(bytes, bytes.size() + 1));
    }
    read_all(bytes, piece);
    hand_over(bytes, piece);
    return 0;
}
