// What an SMTP server answers, read as it comes: lines of three digits, "-" where more follow, text. Total and bounded:
// whatever the server sends ends in a reply or in one sentence on what was wrong with it. Any thread.
// Source: RFC 5321, section 4.2; enhanced codes: RFC 2034, RFC 3463.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::smtp {

struct Reply {
    int code = 0;                      // 200 to 599
    std::string enhanced{};            // "5.1.1"; "" where the server names none
    std::vector<std::string> lines{};  // texts, without codes, in printable UTF-8

    bool is_done() const { return code / 100 == 2; }

    bool is_intermediate() const { return code / 100 == 3; }

    bool is_temporary() const { return code / 100 == 4; }

    bool is_permanent() const { return code / 100 == 5; }
};

std::string to_string(const Reply& reply);  // for people, on one line: "550 5.1.1 No such user"

class ReplyReader {
public:
    static constexpr std::size_t kLineBytesMax = 2'000;  // RFC 5321 allows 512; servers write more
    static constexpr std::size_t kLinesMax = 200;
    static constexpr std::size_t kBytesMax = 32 * 1024;

    enum class Progress { need_more, complete, refused };

    // Takes bytes up to the end of one reply; what comes behind it waits for the next call, which may bring none.
    Progress put(std::string_view bytes);

    Reply take();  // after complete; the next reply begins

    bool has_unread() const { return !input_.empty(); }  // more came than was asked for

    const std::string& refusal() const { return refusal_; }

private:
    Progress take_line(std::string_view line);
    Progress refuse(std::string why);

    std::string input_;
    std::size_t bytes_ = 0;  // of the reply so far
    Reply reply_;
    std::string refusal_;
};

}  // namespace lupaus::smtp
