#include "common/html/phrases.hpp"

#include "common/html/phrase_lists.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lupaus::html {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::size_t kPhraseBytesMax = 400;  // two names, two addresses and a date fit
constexpr std::size_t kSentFromBytesMax = 100;
constexpr std::size_t kRuleMin = 10;
constexpr std::size_t kDigitsOfDate = 3;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {  // of any script
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

bool starts_with_any(std::string_view line, Words phrases) {
    return std::ranges::any_of(phrases, [line](auto phrase) { return line.starts_with(phrase); });
}

bool has_any(std::string_view line, Words phrases) {
    return std::ranges::any_of(phrases, [line](auto phrase) { return line.find(phrase) != std::string_view::npos; });
}

// As a word of its own.
bool has_word(std::string_view line, std::string_view word) {
    for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
        const auto past = at + word.size();
        if ((at == 0 || !is_letter(line[at - 1])) && (past == line.size() || !is_letter(line[past]))) {
            return true;
        }
    }
    return false;
}

bool has_verb(std::string_view line) {
    return std::ranges::any_of(kVerbs, [line](auto verb) { return has_word(line, verb); });
}

// "10:00", "10.00"
bool has_time(std::string_view line) {
    for (std::size_t at = 1; at + 2 < line.size(); ++at) {
        const bool is_sign = line[at] == ':' || line[at] == '.';
        if (is_sign && is_digit(line[at - 1]) && is_digit(line[at + 1]) && is_digit(line[at + 2])) {
            return true;
        }
    }
    return false;
}

std::string_view without_ends(std::string_view line, std::string_view signs) {
    line.remove_prefix(std::min(line.find_first_not_of(signs), line.size()));
    return line.substr(0, line.find_last_not_of(signs) + 1);
}

// A phrase between rules: "----- original message -----".
bool is_ruled(std::string_view line, Words phrases) {
    constexpr std::string_view kRules = "-_*=> ";
    return line.starts_with("--") && starts_with_any(without_ends(line, kRules), phrases);
}

// The next lower-case letter where this one is a capital; only those of two bytes matter to the phrases above.
void append_lower(std::string& out, unsigned char first, unsigned char second) {
    if (first == 0xC3 && second >= 0x80 && second <= 0x9E && second != 0x97) {
        second = static_cast<unsigned char>(second + 0x20);
    } else if (first == 0xD0 && second >= 0x90 && second <= 0x9F) {
        second = static_cast<unsigned char>(second + 0x20);
    } else if (first == 0xD0 && second >= 0xA0 && second <= 0xAF) {
        first = 0xD1;
        second = static_cast<unsigned char>(second - 0x20);
    }
    out += static_cast<char>(first);
    out += static_cast<char>(second);
}

}  // namespace

std::string normalised(std::string_view line) {
    constexpr std::string_view kNoBreak = "\u00A0";
    constexpr std::string_view kNarrow = "\u202F";
    constexpr std::string_view kApostrophe = "\u2019";
    std::string out;
    line = line.substr(0, kPhraseBytesMax);
    for (std::size_t at = 0; at < line.size();) {
        const auto rest = line.substr(at);
        const auto byte = static_cast<unsigned char>(line[at]);
        const bool is_wide = rest.starts_with(kNarrow) || rest.starts_with(kApostrophe);
        if (byte <= ' ' || rest.starts_with(kNoBreak) || rest.starts_with(kNarrow)) {
            out += out.ends_with(' ') ? "" : " ";
        } else if (is_wide) {
            out += '\'';
        } else if ((byte & 0xE0U) == 0xC0 && rest.size() > 1) {
            append_lower(out, byte, static_cast<unsigned char>(rest[1]));
        } else {
            out += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : line[at];
        }
        at += is_wide ? 3 : (byte & 0xE0U) == 0xC0 && rest.size() > 1 ? 2 : 1;
    }
    return std::string(without_ends(out, " "));
}

Field field_of_head(std::string_view line) {
    constexpr std::size_t kNameMax = 24;
    const auto text = without_ends(line.substr(0, kNameMax), "* ");
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        return Field::none;
    }
    const auto name = without_ends(text.substr(0, colon), "* ");
    const auto is_of = [name](Words words) { return std::ranges::find(words, name) != words.end(); };
    return is_of(kFrom)      ? Field::from
           : is_of(kDate)    ? Field::date
           : is_of(kTo)      ? Field::to
           : is_of(kSubject) ? Field::subject
           : is_of(kCopy)    ? Field::copy
                             : Field::none;
}

bool is_original_marker(std::string_view line) {
    return is_ruled(line, kOriginal);
}

bool is_forward_marker(std::string_view line) {
    return is_ruled(line, kForwarded) || starts_with_any(line, kBeginForwarded);
}

bool is_rule(std::string_view line) {
    return line.size() >= kRuleMin && without_ends(line, "_-").empty();
}

bool is_signature_marker(std::string_view line) {
    return line == "--";
}

bool is_sent_from(std::string_view line) {
    constexpr std::string_view kLast[]{"gesendet", "gesendet.", "beziehen", "herunterladen", "downloaden"};
    if (line.size() > kSentFromBytesMax) {
        return false;
    }
    const bool ends_so = std::ranges::any_of(kLast, [line](auto word) { return line.ends_with(word); });
    return (ends_so || starts_with_any(line, kSentFrom)) && has_any(line, kDevices);
}

Attribution attribution_of(std::string_view line) {
    if (line.size() >= kPhraseBytesMax || !line.ends_with(':') || line.size() < 2) {
        return Attribution::no;
    }
    const auto digits = static_cast<std::size_t>(std::ranges::count_if(line, is_digit));
    const bool has_address = line.find('@') != std::string_view::npos;
    const bool has_evidence = digits >= kDigitsOfDate && (has_address || has_time(line));
    if (has_verb(line)) {
        return has_evidence ? Attribution::surely : Attribution::before_a_quotation;
    }
    const bool ends_with_address = has_address && (line.ends_with(">:") || line.ends_with("):"));
    return ends_with_address && has_evidence && has_time(line) ? Attribution::surely : Attribution::no;
}

bool opens_attribution(std::string_view line) {
    if (!std::ranges::any_of(line, is_digit)) {
        return false;
    }
    const auto opens = [line](std::string_view word) {
        return line.starts_with(word) && line.size() > word.size() &&
               std::string_view(" .,").find(line[word.size()]) != std::string_view::npos;
    };
    return is_digit(line[0]) || std::ranges::any_of(kOpeners, opens);
}

bool may_go_on(std::string_view line) {
    const auto bracket = line.rfind('<');
    const bool is_cut = bracket != std::string_view::npos && line.find('>', bracket) == std::string_view::npos;
    return opens_attribution(line) || has_verb(line) || is_cut;
}

}  // namespace lupaus::html
