#include "common/config/options.hpp"
#include "common/text/duration.hpp"

namespace lupaus::config {

namespace {

constexpr std::string_view kIntroduction =
    R"(# Lupaus, every option with its default. A line that is left out means the default.
#
# Each option can also be set by the environment variable named beside it, which wins over this file; lists are then
# separated by commas, and a variable that is set but empty counts as not set. `lupaus serve` names every mistake at
# once, with its line, and does not start with any. A variable LUPAUS_... that is no option is a mistake, too, except
# those that .lupaus/env gives to people and to the program's own clients, and the secrets of `lupaus channel add`:
#   {tour}
# Durations have a unit: ms, s, m, h or d, and may be joined as in 1h30m.
)";

struct RuleText {
    std::string operator()(const Anything&) const { return "Path"; }

    std::string operator()(const Range& rule) const {
        return "Number, " + number_text(rule.min) + " to " + number_text(rule.max);
    }

    std::string operator()(const Words& rule) const { return "One of: " + std::string(rule.allowed); }

    std::string operator()(const IpAddress&) const { return "IP address"; }

    std::string operator()(const Endpoint&) const { return "Address and port, as in 127.0.0.1:24"; }

    std::string operator()(const Networks&) const { return "List of addresses or CIDR ranges"; }

    std::string operator()(const PostgresUrl&) const { return "Connection string, secret"; }

    std::string operator()(const HttpOrigin&) const { return "URL without a path"; }

    std::string operator()(const BucketName&) const { return "Name of a bucket"; }

    std::string operator()(const Text&) const { return "Text without spaces"; }

    std::string operator()(const Password&) const { return "Text without spaces, secret"; }

    std::string operator()(const YesOrNo&) const { return "True or false"; }

    std::string operator()(const Span& rule) const {
        return "Duration, " + text::format_duration(rule.min) + " to " + text::format_duration(rule.max);
    }
};

std::string in_quotes(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

std::string toml_value(const Option& option, Config& scratch) {
    const auto slot = option.slot(scratch);
    if (std::holds_alternative<bool*>(slot) || std::holds_alternative<int*>(slot) ||
        std::holds_alternative<double*>(slot)) {
        return std::string(option.initial);
    }
    if (!std::holds_alternative<List*>(slot)) {
        return in_quotes(option.initial);
    }
    std::string value;
    for (const auto& item : split_list(option.initial)) {
        value += (value.empty() ? "" : ", ") + in_quotes(item);
    }
    return "[" + value + "]";
}

// The introduction with the variables that are no options, four a line.
std::string introduction() {
    std::string text(kIntroduction);
    std::string names;
    for (std::size_t i = 0; i < kTourVariables.size(); ++i) {
        names += i == 0 ? "" : i % 4 == 0 ? "\n#   " : " ";
        names += kTourVariables[i];
    }
    constexpr std::string_view kPlace = "{tour}";
    return text.replace(text.find(kPlace), kPlace.size(), names);
}

}  // namespace

std::string describe_options() {
    Config scratch;
    auto text = introduction();
    std::string_view section;
    for (const auto& option : options()) {
        if (option.section() != section) {
            section = option.section();
            text += "\n[" + std::string(section) + "]\n";
        }
        text += "# " + std::string(option.why) + "\n";
        text += "# " + std::visit(RuleText{}, option.rule) + ". " + option.variable();
        text += std::holds_alternative<Secret*>(option.slot(scratch))
                    ? ", or " + option.variable() + "_FILE with a path\n"
                    : "\n";
        text += std::string(option.name()) + " = " + toml_value(option, scratch) + "\n";
    }
    return text;
}

}  // namespace lupaus::config
