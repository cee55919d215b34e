// The table of options: one row says the key, the default as an operator would write it, what is allowed, why the
// option exists, and where its value goes. Loading, the environment and config/lupaus.toml all follow from it.
#pragma once

#include "common/config/config.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lupaus::config {

using List = std::vector<std::string>;
using Slot = std::variant<bool*, int*, double*, std::string*, Secret*, std::filesystem::path*, Milliseconds*, List*>;

// What a value must satisfy beyond its type.
struct Anything {};

struct Range {  // of an int or a double
    double min;
    double max;
};

struct Span {  // of a duration
    Milliseconds min;
    Milliseconds max;
};

struct Words {
    std::string_view allowed;  // separated by spaces
};

struct IpAddress {};

struct Endpoint {};  // address:port, or nothing

struct Networks {};  // addresses or CIDR ranges

struct PostgresUrl {};

struct YesOrNo {};

struct HttpOrigin {};  // http(s)://host[:port], or nothing

struct BucketName {};  // or nothing

struct Text {};  // printable ASCII without spaces, or nothing

struct Password {};  // the same, and secret

using Rule = std::variant<Anything, Range, Span, Words, IpAddress, Endpoint, Networks, PostgresUrl, YesOrNo, HttpOrigin,
                          BucketName, Text, Password>;

struct Option {
    std::string_view key;      // "section.name"
    std::string_view initial;  // the default, as in the environment: 4, 5s, a,b
    Rule rule;
    std::string_view why;
    Slot (*slot)(Config& config);

    std::string_view section() const { return key.substr(0, key.find('.')); }

    std::string_view name() const { return key.substr(key.find('.') + 1); }

    std::string variable() const;  // LUPAUS_SECTION_NAME
};

std::span<const Option> options();
const Option* find_option(std::string_view key);
bool is_section(std::string_view name);

// What ./deploy/run's .lupaus/env gives to people, scripts and the program's own clients (`lupaus channel send`,
// `lupaus simulate`), and the secrets that `lupaus channel add` takes from there: these are variables, but no options.
inline constexpr std::array<std::string_view, 16> kTourVariables{
    "LUPAUS_URL",           "LUPAUS_ADMIN_TOKEN",   "LUPAUS_LEAD_TOKEN",          "LUPAUS_AGENT_TOKEN",
    "LUPAUS_CHANNEL_ID",    "LUPAUS_WEBHOOK_URL",   "LUPAUS_WEBHOOK_SECRET",      "LUPAUS_METRICS_URL",
    "LUPAUS_MAIL_SMTP",     "LUPAUS_MAIL_IMAP",     "LUPAUS_MAIL_PASSWORD",       "LUPAUS_MAIL_CHANNEL_ID",
    "LUPAUS_SMTP_PASSWORD", "LUPAUS_IMAP_PASSWORD", "LUPAUS_OAUTH_CLIENT_SECRET", "LUPAUS_OAUTH_REFRESH_TOKEN",
};
bool is_tour_variable(std::string_view name);

// Reads `text` into the option's place. Returns what is wrong with it ("must be ..."), or nothing.
std::optional<std::string> assign(const Option& option, std::string_view text, Config& config);
std::string number_text(double number);  // without an exponent
List split_list(std::string_view text);  // at commas, without the spaces around

}  // namespace lupaus::config
