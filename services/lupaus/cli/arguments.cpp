#include "services/lupaus/cli/arguments.hpp"

#include "common/base/limits.hpp"
#include "common/text/duration.hpp"
#include "common/text/utf8.hpp"

#include <charconv>

namespace lupaus::cli {

bool Arguments::has(std::string_view name) const {
    const auto found = values_.find(name);
    return found != values_.end() && !found->second.empty();
}

std::optional<std::string> Arguments::optional_text(std::string_view name) const {
    return has(name) ? std::optional(values_.find(name)->second.front()) : std::nullopt;
}

std::string Arguments::text(std::string_view name) {
    auto given = optional_text(name).value_or("");
    if (given.empty()) {
        fail(name, "must not be empty");
    } else if (given.size() > limits::kTextBytesMax || !text::is_valid_utf8(given)) {
        fail(name, "must be valid UTF-8 and not endless");
    }
    return given;
}

std::vector<std::string> Arguments::list(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::int64_t> Arguments::optional_integer(std::string_view name, std::int64_t min, std::int64_t max) {
    const auto given = optional_text(name);
    if (!given) {
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto* end = given->data() + given->size();
    const auto parsed = std::from_chars(given->data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || number < min || number > max) {
        fail(name, "must be between " + std::to_string(min) + " and " + std::to_string(max));
        return std::nullopt;
    }
    return number;
}

std::optional<std::chrono::seconds> Arguments::optional_duration(std::string_view name) {
    const auto given = optional_text(name);
    if (!given) {
        return std::nullopt;
    }
    const auto length = text::parse_duration(*given);
    if (!length) {
        fail(name, length.error().detail);
        return std::nullopt;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*length);
    if (seconds != *length) {
        fail(name, "must be whole seconds");
    }
    return seconds;
}

std::chrono::seconds Arguments::duration(std::string_view name) {
    return optional_duration(name).value_or(std::chrono::seconds{0});
}

Uuid Arguments::read_id(std::string_view name, const std::string& given) {
    const auto id = parse_uuid(given).value_or(Uuid{});
    if (id.is_nil()) {
        fail(name, "must be an id (a UUID of 36 characters)");
    }
    return id;
}

void Arguments::fail(std::string_view name, std::string detail) {
    mistakes_.push_back({.field = "--" + std::string(name), .detail = std::move(detail)});
}

std::optional<Error> Arguments::error() const {
    if (mistakes_.empty()) {
        return std::nullopt;
    }
    return Error{.code = Errc::invalid, .detail = {}, .fields = mistakes_};
}

}  // namespace lupaus::cli
