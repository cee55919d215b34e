#include "common/imap/response_reader.hpp"

#include "common/imap/response_parser.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lupaus::imap {

void ResponseReader::put(std::string_view bytes) {
    pending_.erase(0, std::exchange(at_, 0));
    pending_.append(bytes);
}

std::optional<Result<Response>> ResponseReader::next() {
    while (!failure_ && at_ < pending_.size()) {
        if (literal_left_ > 0) {
            take_literal();
        } else if (take_line_part() && !begin_literal()) {
            return finish();
        }
    }
    if (failure_) {
        return Result<Response>(*failure_);
    }
    return std::nullopt;
}

bool ResponseReader::is_between_responses() const {
    return at_ == pending_.size() && line_.empty() && literals_.empty();
}

void ResponseReader::take_literal() {
    const auto count = std::min<std::uint64_t>(literal_left_, pending_.size() - at_);
    literals_.back().append(pending_, at_, count);
    at_ += count;
    literal_left_ -= count;
}

bool ResponseReader::take_line_part() {
    const auto end = std::min(pending_.find('\n', at_), pending_.size());
    const auto part = std::string_view(pending_).substr(at_, end - at_);
    if (line_.size() + part.size() > limits_.line_bytes_max) {
        fail(Errc::invalid, "The server sent a line that is too long.");
        return false;
    }
    if (part.find(kLiteralMark) != std::string_view::npos) {
        fail(Errc::invalid, "The server sent a zero byte where text belongs.");
        return false;
    }
    line_.append(part);
    at_ = end;
    if (at_ == pending_.size()) {
        return false;
    }
    ++at_;
    if (line_.ends_with('\r')) {
        line_.pop_back();
    }
    return true;
}

// Whether the line goes on behind a literal; also where it was refused.
bool ResponseReader::begin_literal() {
    if (!line_.ends_with('}') || is_free_text(line_)) {
        return false;
    }
    const auto begin = line_.rfind('{') + 1;  // 0 where there is none
    auto digits = std::string_view(line_).substr(begin, line_.size() - 1 - begin);
    digits.remove_suffix(digits.ends_with('+') ? 1 : 0);
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (begin == 0 || error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
        return false;
    }
    if (error == std::errc::result_out_of_range || length > limits_.literal_bytes_max - literal_bytes_) {
        fail(Errc::too_large, "The server announced more bytes than a mail may have.");
        return true;
    }
    literal_bytes_ += length;
    literal_left_ = length;
    literals_.emplace_back().reserve(length);
    line_ += kLiteralMark;
    return true;
}

Result<Response> ResponseReader::finish() {
    literal_bytes_ = 0;
    const auto line = std::exchange(line_, {});
    auto response = parse_response(line, std::exchange(literals_, {}));
    if (!response) {
        failure_ = response.error();
    }
    return response;
}

void ResponseReader::fail(Errc code, std::string detail) {
    failure_ = Error{.code = code, .detail = std::move(detail)};
    pending_.clear();
    at_ = 0;
    line_.clear();
    literals_.clear();
}

}  // namespace lupaus::imap
