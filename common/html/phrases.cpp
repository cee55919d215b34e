#include "common/html/phrases.hpp"

#include "common/html/phrase_lists.hpp"
#include "common/html/tokens.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lupaus::html {

namespace {

using Words = std::span<const std::string_view>;

// Phrases, and the bytes with which they begin: most lines, and most words in them, begin with none of these.
class Phrases {
public:
    consteval explicit Phrases(Words words) : words_(words) {
        for (const auto word : words) {
            firsts_.at(static_cast<unsigned char>(word.front())) = true;
        }
    }

    bool may_begin(char c) const { return firsts_[static_cast<unsigned char>(c)]; }

    bool begin(std::string_view line) const {
        const auto begins = [line](auto word) { return line.starts_with(word); };
        return !line.empty() && may_begin(line.front()) && std::ranges::any_of(words_, begins);
    }

    Words words() const { return words_; }

private:
    Words words_;
    std::array<bool, 256> firsts_{};
};

constexpr Phrases kBeginsOriginal{kOriginal};
constexpr Phrases kBeginsForwarded{kForwarded};
constexpr Phrases kBeginsForwardedWithoutRule{kBeginForwarded};
constexpr Phrases kBeginsSentFrom{kSentFrom};
constexpr Phrases kBeginsVerb{kVerbs};

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

bool has_any(std::string_view line, Words phrases) {
    return std::ranges::any_of(phrases, [line](auto phrase) { return line.find(phrase) != std::string_view::npos; });
}

// As a word of its own.
bool has_verb(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (!kBeginsVerb.may_begin(line[at]) || (at > 0 && is_letter(line[at - 1]))) {
            continue;
        }
        const auto rest = line.substr(at);
        const auto stands = [rest](auto verb) {
            return rest.starts_with(verb) && (rest.size() == verb.size() || !is_letter(rest[verb.size()]));
        };
        if (std::ranges::any_of(kBeginsVerb.words(), stands)) {
            return true;
        }
    }
    return false;
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
bool is_ruled(std::string_view line, const Phrases& phrases) {
    constexpr std::string_view kRules = "-_*=> ";
    return line.starts_with("--") && phrases.begin(without_ends(line, kRules));
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

void append_normalised(std::string& out, std::string_view line) {
    constexpr std::string_view kNoBreak = "\u00A0";
    constexpr std::string_view kNarrow = "\u202F";
    constexpr std::string_view kApostrophe = "\u2019";
    line = line.substr(0, kPhraseBytesMax);
    const auto begin = out.size();
    const auto append_space = [&out, begin] {
        if (out.size() > begin && out.back() != ' ') {
            out += ' ';
        }
    };
    for (std::size_t at = 0; at < line.size();) {
        const auto byte = static_cast<unsigned char>(line[at]);
        if (byte < 0x80) {
            if (byte <= ' ') {
                append_space();
            } else {
                out += lower(line[at]);
            }
            ++at;
            continue;
        }
        const auto rest = line.substr(at);
        if (rest.starts_with(kNoBreak) || rest.starts_with(kNarrow)) {
            append_space();
            at += rest.starts_with(kNarrow) ? kNarrow.size() : kNoBreak.size();
        } else if (rest.starts_with(kApostrophe)) {
            out += '\'';
            at += kApostrophe.size();
        } else if ((byte & 0xE0U) == 0xC0 && rest.size() > 1) {
            append_lower(out, byte, static_cast<unsigned char>(rest[1]));
            at += 2;
        } else {
            out += line[at++];
        }
    }
    if (out.size() > begin && out.back() == ' ') {
        out.pop_back();
    }
}

std::string join_lines(std::string_view line, std::string_view next) {
    std::string joined(line);
    joined.append(next.empty() ? "" : " ").append(next);
    joined.resize(std::min(joined.size(), kPhraseBytesMax));
    return joined;
}

Field field_of_head(std::string_view line) {
    constexpr std::size_t kNameMax = 24;
    const auto colon = line.substr(0, kNameMax).find(':');
    if (colon == std::string_view::npos) {
        return Field::none;
    }
    const auto name = without_ends(line.substr(0, colon), "* ");
    const auto is_of = [name](Words words) { return std::ranges::find(words, name) != words.end(); };
    return is_of(kFrom)      ? Field::from
           : is_of(kDate)    ? Field::date
           : is_of(kTo)      ? Field::to
           : is_of(kSubject) ? Field::subject
           : is_of(kCopy)    ? Field::copy
                             : Field::none;
}

bool is_original_marker(std::string_view line) {
    return is_ruled(line, kBeginsOriginal);
}

bool is_forward_marker(std::string_view line) {
    return is_ruled(line, kBeginsForwarded) || kBeginsForwardedWithoutRule.begin(line);
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
    return (ends_so || kBeginsSentFrom.begin(line)) && has_any(line, kDevices);
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
