// What people say at an invented desk. Pure: the same seed says the same. A few hundred words of customer service are
// said often, thousands of invented ones seldom, as frequencies in a language fall (Zipf); so that searches meet words
// that nearly every message has, words that some have, and words that one has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lupaus::seed {

struct Words {
    std::vector<std::string> texts;     // of messages, from a line to a paragraph
    std::vector<std::string> subjects;  // of conversations; the first is empty
    std::vector<std::string> names;     // of customers
};

Words make_words(std::uint64_t seed);

}  // namespace lupaus::seed
