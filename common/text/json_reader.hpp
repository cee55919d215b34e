// Reads the fields of one JSON object into typed values and collects every mistake with its JSON pointer (RFC 6901),
// so that a handler reads top to bottom and answers once:
//     JsonReader reader(body);
//     const auto text = reader.string("text", {.max_bytes = limits::kTextBytesMax});
//     const auto team = reader.optional_id<TeamId>("team_id");
//     reader.refuse_unknown();
//     if (auto error = reader.error()) { return *std::move(error); }
// A wrong field yields an empty value; null counts as absent. The JSON must outlive the reader. Errors: invalid, or
// too_large when nothing but sizes is wrong.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/error.hpp"
#include "common/base/limits.hpp"
#include "common/base/uuid.hpp"
#include "common/text/json.hpp"

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::text {

struct StringRule {
    std::size_t max_bytes = limits::kNameBytesMax;
    std::size_t min_bytes = 1;
    bool required = true;  // false: string() yields "" for an absent field
};

struct IntegerRule {
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct ListRule {
    std::size_t max_items = limits::kTagsMax;
    std::size_t min_items = 0;
    std::size_t max_item_bytes = limits::kNameBytesMax;
};

// A word of the wire format and what it means in the program.
template <class Enum>
struct Choice {
    std::string_view word;
    Enum value;
};

class JsonReader {
public:
    explicit JsonReader(const Json& value);

    // Required fields.
    std::string string(std::string_view name, const StringRule& rule = {});
    std::int64_t integer(std::string_view name, const IntegerRule& rule = {});
    bool boolean(std::string_view name);
    Timestamp timestamp(std::string_view name);
    Uuid uuid(std::string_view name);
    std::vector<std::string> string_list(std::string_view name, const ListRule& rule = {});  // absent: empty
    std::vector<Uuid> uuid_list(std::string_view name, const ListRule& rule = {});           // absent: empty
    std::string one_of(std::string_view name, std::initializer_list<std::string_view> words);
    JsonReader object(std::string_view name);  // reports into this reader

    // Fields that may be absent or null.
    std::optional<std::string> optional_string(std::string_view name, const StringRule& rule = {});
    std::optional<std::int64_t> optional_integer(std::string_view name, const IntegerRule& rule = {});
    std::optional<bool> optional_boolean(std::string_view name);
    std::optional<Timestamp> optional_timestamp(std::string_view name);
    std::optional<Uuid> optional_uuid(std::string_view name);
    std::optional<std::vector<std::string>> optional_string_list(std::string_view name, const ListRule& rule = {});
    std::optional<std::string> optional_one_of(std::string_view name, std::initializer_list<std::string_view> words);
    std::optional<JsonReader> optional_object(std::string_view name);
    std::vector<JsonReader> objects(std::string_view name, std::size_t max_items);  // a list of objects; absent: empty
    const Json* any(std::string_view name);                                         // any value, null included

    template <class Id>
    Id id(std::string_view name) {
        return Id{uuid(name)};
    }

    template <class Id>
    std::optional<Id> optional_id(std::string_view name) {
        const auto value = optional_uuid(name);
        return value ? std::optional<Id>(Id{*value}) : std::nullopt;
    }

    template <class Enum>
    Enum one_of(std::string_view name, std::span<const Choice<Enum>> choices) {
        const auto chosen = optional_one_of<Enum>(name, choices);
        require_present(name);
        return chosen ? *chosen : Enum{};
    }

    template <class Enum>
    std::optional<Enum> optional_one_of(std::string_view name, std::span<const Choice<Enum>> choices) {
        std::vector<std::string_view> words;
        for (const auto& choice : choices) {
            words.push_back(choice.word);
        }
        const auto index = choose(name, words);
        return index ? std::optional<Enum>(choices[*index].value) : std::nullopt;
    }

    bool has(std::string_view name) const;  // the key is there, null included: what a PATCH asks
    bool is_null(std::string_view name) const;
    void fail(std::string_view name, std::string detail);  // the handler's own rule; `detail` continues "/name ..."
    void refuse_unknown();                                 // after the last field was read; of this object only
    std::optional<Error> error() const;                    // everything so far, of this reader and its children

private:
    struct Findings;

    JsonReader(const Json* value, std::string pointer, std::shared_ptr<Findings> findings);
    const Json* find(std::string_view name);  // nullptr: absent or null; remembers the name as known
    bool require_present(std::string_view name);
    void report(std::string_view name, std::string detail, bool size_only = false);
    std::string pointer_to(std::string_view name) const;
    std::optional<std::size_t> choose(std::string_view name, std::span<const std::string_view> words);
    template <class Item, class Read>
    std::vector<Item> list(std::string_view name, const ListRule& rule, Read read);

    const Json* object_;  // nullptr when the value is no object: reported once, then every field is empty
    std::string pointer_;
    std::vector<std::string> known_;
    std::shared_ptr<Findings> findings_;
};

}  // namespace lupaus::text
