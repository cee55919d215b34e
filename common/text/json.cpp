#include "common/text/json.hpp"

#include "common/base/limits.hpp"
#include "common/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <vector>

namespace lupaus::text {

namespace {

// Feeds the parser and counts what it took, so that our own refusals can name a byte too. The library copies its
// iterators, so the count lives outside.
class CountedBytes {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountedBytes(const char* at, std::size_t* taken) : at_(at), taken_(taken) {}

    reference operator*() const { return *at_; }

    bool operator==(const CountedBytes& other) const { return at_ == other.at_; }

    CountedBytes& operator++() {
        ++at_;
        ++*taken_;
        return *this;
    }

    CountedBytes operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }

private:
    const char* at_;
    std::size_t* taken_;
};

Error refusal(std::size_t byte, std::string_view why) {
    return Error{
        .code = Errc::invalid,
        .detail = "This is not acceptable JSON: " + std::string(why) + " at byte " + std::to_string(byte) + "."};
}

// The library's message without its own prefix and without the quoted input, which may be broken or private.
std::string reason_of(std::string_view message) {
    if (message.find("number overflow") != std::string_view::npos) {
        return "a number that is too large";
    }
    constexpr std::string_view kPrefixEnd = "syntax error while parsing ";
    if (const auto start = message.find(kPrefixEnd); start != std::string_view::npos) {
        message.remove_prefix(start + kPrefixEnd.size());
    }
    const auto end = message.find("; last read");
    return repair_utf8(message.substr(0, end));
}

// Builds the tree and refuses what the library would let pass. A callback that returns false ends the parsing.
class TreeBuilder : public nlohmann::json_sax<Json> {
public:
    explicit TreeBuilder(const std::size_t& taken) : taken_(taken) {}

    bool null() override { return add(nullptr); }

    bool boolean(bool flag) override { return add(flag); }

    bool number_integer(number_integer_t number) override { return add(number); }

    bool number_unsigned(number_unsigned_t number) override { return add(number); }

    bool number_float(number_float_t number, const string_t&) override { return add(number); }

    bool binary(binary_t&) override { return refuse("binary data"); }

    bool string(string_t& content) override {
        return has_nul(content) ? refuse("U+0000 in a string") : add(std::move(content));
    }

    bool key(string_t& name) override {
        if (has_nul(name)) {
            return refuse("U+0000 in a key");
        }
        // Two readers of one document could each believe another value (RFC 8259, section 4).
        const auto [place, fresh] = open_.back()->get_ref<Json::object_t&>().try_emplace(std::move(name));
        if (!fresh) {
            return refuse("the key \"" + utf8_prefix(place->first, kQuotedKeyBytesMax) + "\" twice in one object");
        }
        slot_ = &place->second;
        return true;
    }

    bool start_object(std::size_t) override { return start(Json::value_t::object); }

    bool start_array(std::size_t) override { return start(Json::value_t::array); }

    bool end_object() override { return end(); }

    bool end_array() override { return end(); }

    bool parse_error(std::size_t position, const std::string&, const Json::exception& failure) override {
        error_ = refusal(position, reason_of(failure.what()));
        return false;
    }

    Json take_root() { return std::move(root_); }

    const std::optional<Error>& error() const { return error_; }

private:
    static constexpr std::size_t kQuotedKeyBytesMax = 60;

    bool refuse(std::string_view why) {
        error_ = refusal(taken_, why);
        return false;
    }

    Json* place(Json&& value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        if (open_.back()->is_array()) {
            return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
        }
        *slot_ = std::move(value);
        return slot_;
    }

    bool add(Json value) {
        place(std::move(value));
        return true;
    }

    bool start(Json::value_t type) {
        if (open_.size() >= static_cast<std::size_t>(limits::kJsonDepthMax)) {
            return refuse("more than " + std::to_string(limits::kJsonDepthMax) + " levels of nesting");
        }
        open_.push_back(place(Json(type)));
        return true;
    }

    bool end() {
        open_.pop_back();
        return true;
    }

    const std::size_t& taken_;
    Json root_;
    std::vector<Json*> open_;  // the arrays and objects around the present place; only the last one grows
    Json* slot_ = nullptr;     // where the value of the last key goes
    std::optional<Error> error_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
    // The library takes a NUL byte for the end of the text and would ignore what follows it.
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        return refusal(nul, "a NUL byte");
    }
    std::size_t taken = 0;
    TreeBuilder builder(taken);
    const bool complete =
        Json::sax_parse(CountedBytes(text.data(), &taken), CountedBytes(text.data() + text.size(), &taken), &builder);
    if (builder.error()) {
        return *builder.error();
    }
    if (!complete) {
        return refusal(taken, "an error");
    }
    return builder.take_root();
}

std::string dump(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lupaus::text
