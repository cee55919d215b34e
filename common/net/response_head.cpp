#include "common/net/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lupaus::net {

namespace {

constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_padded(std::string& out, unsigned number, std::size_t width) {
    const auto digits = std::to_string(number);
    out.append(width - std::min(width, digits.size()), '0').append(digits);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

bool is_decided_by_server(std::string_view name) {
    static constexpr std::string_view kNames[] = {"Content-Length", "Connection", "Date", "Transfer-Encoding",
                                                  "X-Request-Id"};
    for (const auto decided : kNames) {
        if (equals_ignoring_case(name, decided)) {
            return true;
        }
    }
    return false;
}

}  // namespace

bool may_have_body(int status) {
    return status >= 200 && status != kNoContent && status != kNotModified;
}

// By hand, because strftime follows the process's locale.
std::string http_date(std::chrono::system_clock::time_point now) {
    namespace chrono = std::chrono;
    static constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto midnight = chrono::floor<chrono::days>(now);
    const chrono::year_month_day date(midnight);
    const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(now - midnight));
    std::string text(kDays[chrono::weekday(midnight).c_encoding()]);
    append_padded(text.append(", "), static_cast<unsigned>(date.day()), 2);
    text.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
    append_padded(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    append_padded(text.append(" "), static_cast<unsigned>(time.hours().count()), 2);
    append_padded(text.append(":"), static_cast<unsigned>(time.minutes().count()), 2);
    append_padded(text.append(":"), static_cast<unsigned>(time.seconds().count()), 2);
    return text.append(" GMT");
}

void append_head(std::string& out, const Response& response, const HeadFacts& facts) {
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    for (std::size_t i = 0; i < response.headers.size(); ++i) {
        if (!is_decided_by_server(response.headers.name(i))) {
            append_field(out, response.headers.name(i), response.headers.value(i));
        }
    }
    append_field(out, "Date", facts.date);
    append_field(out, "X-Request-Id", facts.request_id);
    if (facts.is_stream) {
        if (facts.is_http_1_1) {
            append_field(out, "Transfer-Encoding", "chunked");
        }
    } else if (may_have_body(response.status)) {
        out.append("Content-Length: ");
        append_number(out, response.next_part ? response.parts_size : response.body.size());
        out.append("\r\n");
    }
    if (!facts.keeps_alive) {
        append_field(out, "Connection", "close");
    } else if (!facts.is_http_1_1) {
        append_field(out, "Connection", "keep-alive");
    }
    out.append("\r\n");
}

}  // namespace lupaus::net
