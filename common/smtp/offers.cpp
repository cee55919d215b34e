#include "common/smtp/offers.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace lupaus::smtp {

namespace {

std::string upper_case(std::string_view text) {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
    return upper;
}

// "AUTH=LOGIN", as some wrote it before there was a standard, is "AUTH LOGIN".
std::vector<std::string> words_of(std::string_view line) {
    constexpr std::string_view kBetween = " =";
    std::vector<std::string> words;
    for (auto begin = line.find_first_not_of(kBetween); begin != std::string_view::npos;
         begin = line.find_first_not_of(kBetween)) {
        line.remove_prefix(begin);
        const auto end = std::min(line.find_first_of(kBetween), line.size());
        words.push_back(upper_case(line.substr(0, end)));
        line.remove_prefix(end);
    }
    return words;
}

}  // namespace

Offers read_offers(const Reply& hello) {
    Offers offers;
    for (std::size_t i = 1; i < hello.lines.size(); ++i) {  // the first line is a greeting
        const auto words = words_of(hello.lines[i]);
        if (words.empty()) {
            continue;
        }
        offers.has_starttls |= words[0] == "STARTTLS";
        offers.has_8bit |= words[0] == "8BITMIME";
        offers.has_utf8 |= words[0] == "SMTPUTF8";
        if (words[0] == "AUTH") {
            offers.logins.insert(offers.logins.end(), words.begin() + 1, words.end());
        }
        if (words[0] == "SIZE") {
            offers.has_size = true;
            if (words.size() > 1) {
                std::from_chars(words[1].data(), words[1].data() + words[1].size(), offers.size_max);
            }
        }
    }
    return offers;
}

}  // namespace lupaus::smtp
