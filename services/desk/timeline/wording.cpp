#include "services/desk/timeline/wording.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lupaus::desk::timeline {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};

constexpr std::array kUnits{Unit{"d", 86'400}, Unit{"h", 3'600}, Unit{"min", 60}, Unit{"s", 1}};

struct Withheld {
    std::string_view rule;
    std::string_view why;
};

// Those of desk/autoreply, and the router's own.
constexpr std::array kWithheld{
    Withheld{"null_return_path", "a machine sent the mail"},
    Withheld{"no_sender", "the mail has no sender to write to"},
    Withheld{"own_address", "the mail is from an address of the channel"},
    Withheld{"machine_address", "nobody reads what is sent to its sender"},
    Withheld{"auto_submitted", "a machine sent the mail"},
    Withheld{"suppressed", "its sender wants no automatic answer"},
    Withheld{"list", "the mail came over a list"},
    Withheld{"report", "the mail is a report"},
    Withheld{"not_addressed", "the mail names no address of the channel"},
    Withheld{"not_verified", "no trusted host has verified its sender"},
    Withheld{"once_a_day", "a machine has written to the customer within the last day already"},
    Withheld{"conversation_cap", "machines have written enough in the conversation"},
    Withheld{"bot", "a bot answers"},
};

std::string two_digits(std::int64_t number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::string moment(Timestamp at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::minutes>(at - day)};
    return std::to_string(static_cast<unsigned>(date.day())) + " " +
           std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + " " +
           std::to_string(static_cast<int>(date.year())) + " " + two_digits(time.hours().count()) + ":" +
           two_digits(time.minutes().count()) + " UTC";
}

std::string span_of(Micros time) {
    auto left = std::chrono::floor<std::chrono::seconds>(time).count();
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const auto& unit = kUnits.at(i);
        const auto count = left / unit.seconds;
        if (count < 1) {
            continue;
        }
        auto text = std::to_string(count) + " " + std::string(unit.name);
        left %= unit.seconds;
        if (i + 1 < kUnits.size() && left / kUnits.at(i + 1).seconds > 0) {
            const auto& next = kUnits.at(i + 1);
            text += " " + std::to_string(left / next.seconds) + " " + std::string(next.name);
        }
        return text;
    }
    return "less than 1 s";
}

std::string_view withheld_because(std::string_view rule) {
    const auto* known = std::ranges::find(kWithheld, rule, &Withheld::rule);
    return known == kWithheld.end() ? rule : known->why;
}

std::string in_quotes(std::string_view text) {
    return "“" + std::string(text) + "”";
}

std::string capitalised(std::string text) {
    if (!text.empty()) {
        text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
    }
    return text;
}

std::string name_of(const Uuid& id, const Names& names, std::string_view otherwise) {
    const auto known = names.find(id);
    return std::string(known == names.end() || known->second.empty() ? otherwise : std::string_view(known->second));
}

std::string doer(const Happening& it, const Names& names) {
    switch (it.actor.type) {
        case event::ActorType::customer:
            return name_of(it.actor.id, names, "The customer");
        case event::ActorType::agent:
            return name_of(it.actor.id, names, "An agent");
        case event::ActorType::bot:
            return name_of(it.actor.token.value, names, "A program");
        case event::ActorType::system:
            break;
    }
    return name_of(it.actor.token.value, names, "");
}

std::string did(const Happening& it, const Names& names, std::string_view active, std::string_view passive) {
    const auto who = doer(it, names);
    return who.empty() ? std::string(passive) : who + " " + std::string(active);
}

}  // namespace lupaus::desk::timeline
