// A string that must not be seen: passwords, tokens, keys. It has no stream operator, no formatter, no conversion and
// no JSON, so a log line or an error text that contains one does not compile. `reveal` is easy to search for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace lupaus {

class Secret {
public:
    Secret() = default;

    explicit Secret(std::string value) : value_(std::move(value)) {}

    std::string_view reveal() const { return value_; }

    bool empty() const { return value_.empty(); }

    bool operator==(const Secret&) const = default;  // for tests and configuration; not constant time

private:
    std::string value_;
};

template <class Stream>
Stream& operator<<(Stream& stream, const Secret&) = delete;

}  // namespace lupaus
