#include "common/imap/response_parser.hpp"

#include "common/imap/cursor.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <utility>

namespace lupaus::imap {

namespace {

Error malformed(std::string detail) {
    return {.code = Errc::invalid, .detail = std::move(detail)};
}

std::optional<Condition> condition_of(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, Condition>, 5> kWords{{{"OK", Condition::ok},
                                                                            {"NO", Condition::no},
                                                                            {"BAD", Condition::bad},
                                                                            {"PREAUTH", Condition::preauth},
                                                                            {"BYE", Condition::bye}}};
    for (const auto& [name, condition] : kWords) {
        if (word.size() == name.size() && upper(word) == name) {
            return condition;
        }
    }
    return std::nullopt;
}

Status parse_status(std::string tag, Condition condition, std::string_view rest) {
    Status status{.tag = std::move(tag), .condition = condition};
    const auto end = rest.find(']');
    if (rest.starts_with('[') && end != std::string_view::npos) {
        const auto code = rest.substr(1, end - 1);
        const auto space = code.find(' ');
        status.code = upper(code.substr(0, space));
        status.code_value = space == std::string_view::npos ? "" : code.substr(space + 1);
        rest.remove_prefix(end + 1);
        rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
    }
    status.text = rest;
    return status;
}

Capabilities parse_capabilities(Cursor& cursor) {
    Capabilities found;
    while (cursor.take(' ')) {
        if (const auto word = cursor.take_word(); !word.empty()) {
            found.names.push_back(upper(word));
        }
    }
    return found;
}

std::optional<int> two_digits(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 2 || !(digit(text[0]) || text[0] == ' ') || !digit(text[1])) {
        return std::nullopt;
    }
    return (text[0] == ' ' ? 0 : text[0] - '0') * 10 + (text[1] - '0');
}

std::optional<unsigned> month_of(std::string_view name) {
    constexpr std::string_view kMonths = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    const auto at = kMonths.find(upper(name));
    if (at == std::string_view::npos || at % 3 != 0) {
        return std::nullopt;
    }
    return static_cast<unsigned>(at / 3 + 1);
}

// "17-Jul-1996 02:44:25 -0700"; a day of one digit has a space before it. Nothing for what is no time.
std::optional<Timestamp> parse_internal_date(std::string_view text) {
    namespace chrono = std::chrono;
    if (text.size() != 26 || text[2] != '-' || text[6] != '-' || text[14] != ':' || text[17] != ':') {
        return std::nullopt;
    }
    std::array<int, 8> parts{};
    constexpr std::array<std::size_t, 8> kPlaces{0, 7, 9, 12, 15, 18, 22, 24};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = two_digits(text.substr(kPlaces[i], 2));
        if (!part) {
            return std::nullopt;
        }
        parts[i] = *part;
    }
    const auto month = month_of(text.substr(3, 3));
    const chrono::year_month_day date(chrono::year(parts[1] * 100 + parts[2]), chrono::month(month.value_or(0)),
                                      chrono::day(static_cast<unsigned>(parts[0])));
    const bool is_time = parts[3] < 24 && parts[4] < 60 && parts[5] <= 60 && parts[6] < 24 && parts[7] < 60;
    if (!date.ok() || !is_time || (text[21] != '+' && text[21] != '-')) {
        return std::nullopt;
    }
    const auto offset = chrono::hours(parts[6]) + chrono::minutes(parts[7]);
    const auto local =
        chrono::sys_days(date) + chrono::hours(parts[3]) + chrono::minutes(parts[4]) + chrono::seconds(parts[5]);
    return Timestamp(text[21] == '+' ? local - offset : local + offset);
}

// False: the value is not what its name promises.
bool take_item(Cursor& cursor, const std::string& name, Fetched& fetched) {
    if (name == "UID") {
        const auto uid = cursor.take_number();
        fetched.uid = static_cast<std::uint32_t>(uid.value_or(0));
        return uid && *uid > 0 && *uid <= std::numeric_limits<std::uint32_t>::max();
    }
    if (name == "RFC822.SIZE") {
        fetched.size = cursor.take_number();
        return fetched.size.has_value();
    }
    if (name == "INTERNALDATE") {
        const auto text = cursor.take_string();
        fetched.arrived = text ? parse_internal_date(*text) : std::nullopt;
        return text.has_value() || cursor.take_nil();
    }
    if (name == "BODY[]") {
        fetched.body = cursor.take_string();
        return fetched.body.has_value() || cursor.take_nil();
    }
    return cursor.skip_value();
}

Result<Response> parse_fetch(Cursor& cursor, std::uint32_t sequence) {
    Fetched fetched{.sequence = sequence};
    if (!cursor.take(' ') || !cursor.take('(')) {
        return malformed("The server sent a FETCH without a list.");
    }
    while (!cursor.take(')')) {
        cursor.take(' ');
        const auto name = cursor.take_item_name();
        if (name.empty() || !cursor.take(' ') || !take_item(cursor, name, fetched)) {
            return malformed("The server sent a FETCH that is not well-formed.");
        }
    }
    return Response(std::move(fetched));
}

Result<Response> parse_numbered(Cursor& cursor, std::uint64_t number) {
    const bool is_space = cursor.take(' ');
    if (!is_space || number > std::numeric_limits<std::uint32_t>::max()) {
        return malformed("The server sent a number without a word.");
    }
    const auto small = static_cast<std::uint32_t>(number);
    auto name = upper(cursor.take_word());
    if (name == "EXISTS") {
        return Response(Exists{small});
    }
    if (name == "EXPUNGE") {
        return Response(Expunged{small});
    }
    if (name == "FETCH") {
        return parse_fetch(cursor, small);
    }
    return Response(Unknown{std::move(name)});
}

Result<Response> parse_untagged(Cursor& cursor) {
    if (const auto number = cursor.take_number()) {
        return parse_numbered(cursor, *number);
    }
    const auto word = cursor.take_word();
    if (const auto condition = condition_of(word)) {
        cursor.take(' ');
        return Response(parse_status({}, *condition, cursor.take_rest()));
    }
    auto name = upper(word);
    if (name == "CAPABILITY") {
        return Response(parse_capabilities(cursor));
    }
    if (name == "SEARCH") {
        return Response(Found{cursor.take(' ') && cursor.take_number().has_value()});
    }
    if (name.empty()) {
        return malformed("The server sent a response without a name.");
    }
    return Response(Unknown{std::move(name)});
}

bool is_tag(std::string_view word) {
    return !word.empty() && word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
                                std::string_view::npos;
}

}  // namespace

bool is_free_text(std::string_view line) {
    if (line.starts_with('+')) {
        return true;
    }
    const auto space = line.find(' ');
    if (space == std::string_view::npos) {
        return false;
    }
    const auto word = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
    return condition_of(word).has_value();
}

Result<Response> parse_response(std::string_view line, std::vector<std::string> literals) {
    Cursor cursor(line, std::move(literals));
    if (cursor.take('+')) {
        cursor.take(' ');
        return Response(Continuation{std::string(cursor.take_rest())});
    }
    const auto tag = cursor.take_word();
    const bool has_more = cursor.take(' ');
    if (tag == "*" && has_more) {
        return parse_untagged(cursor);
    }
    const auto condition = condition_of(cursor.take_word());
    const bool is_ending = condition && *condition != Condition::preauth && *condition != Condition::bye;
    if (!is_tag(tag) || !is_ending) {
        return malformed("What the server sent is no IMAP.");
    }
    cursor.take(' ');
    return Response(parse_status(std::string(tag), *condition, cursor.take_rest()));
}

}  // namespace lupaus::imap
