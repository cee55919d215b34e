// What was typed after a command, read by name into typed values; every mistake is collected, so that a command answers
// once with all of them:
//     const auto account = arguments.id<AccountId>("account");
//     const auto target = arguments.duration("target");
//     if (auto error = arguments.error()) { return *std::move(error); }
// A wrong value yields an empty one. Errors: invalid, naming the options.
#pragma once

#include "common/base/error.hpp"
#include "common/base/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::cli {

class Arguments {
public:
    using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

    explicit Arguments(Values values) : values_(std::move(values)) {}

    bool has(std::string_view name) const;  // given at all; for flags
    std::string text(std::string_view name);
    std::optional<std::string> optional_text(std::string_view name) const;
    std::vector<std::string> list(std::string_view name) const;
    std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::chrono::seconds duration(std::string_view name);
    std::optional<std::chrono::seconds> optional_duration(std::string_view name);  // "90s", "2m", "1h30m"

    template <class Id>
    Id id(std::string_view name) {
        const auto given = text(name);
        return given.empty() ? Id{} : Id{read_id(name, given)};
    }

    template <class Id>
    Id optional_id(std::string_view name) {  // nil where it is absent
        return has(name) ? id<Id>(name) : Id{};
    }

    template <class Id>
    std::vector<Id> ids(std::string_view name) {
        std::vector<Id> found;
        for (const auto& item : list(name)) {
            found.push_back(Id{read_id(name, item)});
        }
        return found;
    }

    // One of these codes, by the word that their own to_string() has for them.
    template <class Code>
    std::optional<Code> optional_code(std::string_view name, std::initializer_list<Code> allowed) {
        const auto given = optional_text(name);
        std::string words;
        for (const auto code : allowed) {
            const std::string_view word = to_string(code);
            if (given == word) {
                return code;
            }
            words += (words.empty() ? "" : ", ") + std::string(word);
        }
        if (given) {
            fail(name, "knows no \"" + *given + "\", only: " + words);
        }
        return std::nullopt;
    }

    void fail(std::string_view name, std::string detail);
    std::optional<Error> error() const;

private:
    Uuid read_id(std::string_view name, const std::string& given);

    Values values_;
    std::vector<FieldError> mistakes_;
};

}  // namespace lupaus::cli
