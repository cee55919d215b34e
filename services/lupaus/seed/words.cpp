#include "services/lupaus/seed/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <random>
#include <string_view>

namespace lupaus::seed {

namespace {

constexpr int kVocabulary = 20'000;
constexpr int kTexts = 20'000;
constexpr int kSubjects = 1'000;
constexpr int kShortest = 4;  // words of a text
constexpr int kLongest = 60;

constexpr std::array kUsual{
    "the",          "my",        "order",    "a",        "you",     "not",       "please",    "it",       "thank",
    "parcel",       "when",      "delivery", "has",      "refund",  "hello",     "and",       "for",      "invoice",
    "arrived",      "can",       "address",  "account",  "still",   "with",      "help",      "password", "return",
    "size",         "broken",    "wrong",    "received", "payment", "twice",     "card",      "charged",  "tracking",
    "number",       "yesterday", "week",     "waiting",  "answer",  "phone",     "shipping",  "customs",  "colour",
    "exchange",     "warranty",  "repair",   "bicycle",  "battery", "lamp",      "shoes",     "jacket",   "voucher",
    "code",         "discount",  "cancel",   "change",   "date",    "monday",    "tuesday",   "friday",   "store",
    "pickup",       "closed",    "open",     "morning",  "evening", "driver",    "neighbour", "missing",  "item",
    "box",          "damaged",   "picture",  "attached", "receipt", "company",   "tax",       "country",  "login",
    "email",        "confirm",   "link",     "expired",  "reset",   "update",    "app",       "error",    "screen",
    "subscription", "renew",     "month",    "price",    "stock",   "available", "soon",      "sorry",    "kindly",
    "regards"};
constexpr std::array kFirstNames{"Aino",  "Eero",  "Maija", "Juhani", "Åsa",   "Björn", "Chloé", "Dmitri",
                                 "Elif",  "Farid", "Grace", "Hana",   "Ivan",  "Jörg",  "Kofi",  "Lucía",
                                 "Mateo", "Nadia", "Olga",  "Pavel",  "Quinn", "Rosa",  "Søren", "Tamar",
                                 "Umar",  "Vera",  "Wei",   "Ximena", "Yusuf", "Zoë"};
constexpr std::array kLastNames{
    "Virtanen", "Mäkinen", "Lindqvist", "Okafor",  "Novák",  "Müller", "García", "Rossi",  "Ivanova", "Yılmaz",
    "Haddad",   "Tanaka",  "Kim",       "Nguyen",  "Singh",  "Silva",  "Dubois", "Smith",  "Jensen",  "Nowak",
    "Popescu",  "Horvat",  "Papadaki",  "O'Brien", "Mensah", "Costa",  "Berg",   "Petrov", "Levi",    "Chen"};

// Syllables of the rank, so that each rank has a word of its own.
std::string invented_word(int rank) {
    constexpr std::string_view kConsonants = "bdfghjklmnprstvz";
    constexpr std::string_view kVowels = "aeiou";
    constexpr int kSyllables = kConsonants.size() * kVowels.size();
    std::string word;
    for (int left = rank + kSyllables * kSyllables; left > 0; left /= kSyllables) {
        const auto syllable = static_cast<std::size_t>(left % kSyllables);
        word += kConsonants[syllable / kVowels.size()];
        word += kVowels[syllable % kVowels.size()];
    }
    return word;
}

class Speaker {
public:
    explicit Speaker(std::uint64_t seed) : random_(seed) {
        for (int rank = 0; rank < kVocabulary; ++rank) {
            const auto place = static_cast<std::size_t>(rank);
            vocabulary_.push_back(place < kUsual.size() ? kUsual[place] : invented_word(rank));
        }
    }

    // Chance alone, spelt out: the distributions of the standard library differ between its makers.
    double share() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }

    int between(int low, int high) { return low + static_cast<int>(share() * (high - low + 1)); }

    std::string line(int words) {
        std::string text;
        for (int i = 0; i < words; ++i) {
            // Uniform in the logarithm of the rank: a word of twice the rank is half as frequent.
            const auto rank = static_cast<std::size_t>(std::pow(kVocabulary, share())) - 1;
            text += (text.empty() ? "" : " ") + vocabulary_[std::min<std::size_t>(rank, kVocabulary - 1)];
        }
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
        return text;
    }

    // Most are short, a few are long.
    std::string text() {
        const double length = share() * share();
        return line(kShortest + static_cast<int>(length * (kLongest - kShortest)));
    }

private:
    std::mt19937_64 random_;
    std::vector<std::string> vocabulary_;
};

}  // namespace

Words make_words(std::uint64_t seed) {
    Speaker speaker(seed);
    Words words;
    for (int i = 0; i < kTexts; ++i) {
        words.texts.push_back(speaker.text());
    }
    words.subjects.emplace_back();
    while (words.subjects.size() < kSubjects) {
        words.subjects.push_back(speaker.line(speaker.between(2, 5)));
    }
    for (const auto* first : kFirstNames) {
        for (const auto* last : kLastNames) {
            words.names.push_back(std::string(first) + " " + last);
        }
    }
    return words;
}

}  // namespace lupaus::seed
