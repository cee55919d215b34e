#include "common/html/marks.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace lupaus::html {

namespace {

struct Sign {
    std::string_view word;
    Mark mark;
};

constexpr std::array<Sign, 9> kClasses{{{"gmail_attr", Mark::attribution},
                                        {"gmail_signature", Mark::signature},
                                        {"gmail_signature_prefix", Mark::signature},
                                        {"moz-cite-prefix", Mark::attribution},
                                        {"moz-signature", Mark::signature},
                                        {"protonmail_quote", Mark::quote},
                                        {"protonmail_signature_block", Mark::signature},
                                        {"tutanota_quote", Mark::quote},
                                        {"yahoo_quoted", Mark::quote}}};

constexpr std::array<Sign, 5> kIds{{{"divRplyFwdMsg", Mark::history},  // Outlook's
                                    {"appendonsend", Mark::history},
                                    {"mail-editor-reference-message-container", Mark::history},
                                    {"ms-outlook-mobile-signature", Mark::signature},
                                    {"Signature", Mark::signature}}};

constexpr std::array<Sign, 4> kMarks{{{"quote", Mark::quote},
                                      {"attribution", Mark::attribution},
                                      {"signature", Mark::signature},
                                      {"history", Mark::history}}};

Mark find(std::span<const Sign> signs, std::string_view word) {
    const auto found = std::ranges::find(signs, word, &Sign::word);
    return found == signs.end() ? Mark::none : found->mark;
}

Mark read_classes(Tag tag, std::string_view classes) {
    while (!classes.empty()) {
        const auto end = static_cast<std::size_t>(std::ranges::find_if(classes, is_space) - classes.begin());
        const auto word = classes.substr(0, end);
        // Gmail puts an answer between two quotations into the same box, so only the quotations say something.
        if (word == "gmail_quote" && tag == Tag::blockquote) {
            return Mark::quote;
        }
        if (const auto mark = find(kClasses, word); mark != Mark::none) {
            return mark;
        }
        classes.remove_prefix(std::min(end + 1, classes.size()));
    }
    return Mark::none;
}

}  // namespace

Mark read_mark(Tag tag, const Attribute& attribute) {
    if (attribute.name == kMarkAttribute) {
        return find(kMarks, attribute.value);
    }
    if (attribute.name == "class") {
        return read_classes(tag, attribute.value);
    }
    if (attribute.name == "id") {
        return find(kIds, attribute.value);
    }
    const bool is_of_gmx = attribute.name == "name" && attribute.value == "quote";
    const bool is_cited = attribute.name == "type" && is_same_name(attribute.value, "cite") && tag == Tag::blockquote;
    return is_of_gmx || is_cited ? Mark::quote : Mark::none;
}

std::string_view to_string(Mark mark) {
    const auto* found = std::ranges::find(kMarks, mark, &Sign::mark);
    return found == kMarks.end() ? std::string_view() : found->word;
}

}  // namespace lupaus::html
