// No event of a conversation is left without a sentence: the types are those that the API's description lists.
#include "services/desk/timeline/sentences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace lupaus::desk::timeline {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

// `conversation.created` `.updated` …: the family goes on until another is named.
std::set<std::string> listed_types() {
    std::ifstream file(LUPAUS_TEST_OPENAPI_FILE);
    const std::string document{std::istreambuf_iterator<char>(file), {}};
    const auto begin = document.find("Types: `conversation.created`");
    const auto end = document.find("There will be more", begin);
    std::istringstream words{document.substr(begin, end - begin)};
    std::set<std::string> types;
    std::string family;
    for (std::string word; std::getline(words, word, '`') && std::getline(words, word, '`');) {
        const auto dot = word.find('.');
        if (dot == std::string::npos) {
            continue;
        }
        family = dot == 0 ? family : word.substr(0, dot);
        types.insert(family + word.substr(dot));
    }
    return types;
}

bool is_of_a_conversation(const std::string& type) {
    for (const auto* family : {"conversation.", "message.", "promise.", "alert.", "attachment.", "agent.mentioned"}) {
        if (type.starts_with(family)) {
            return true;
        }
    }
    return false;
}

TEST(Types, OfAConversationHaveEachASentence) {
    const auto types = listed_types();
    ASSERT_THAT(types, Contains("conversation.handed_over"));
    ASSERT_THAT(types, Contains("alert.resolved"));
    std::set<std::string> mute;
    for (const auto& type : types) {
        if (is_of_a_conversation(type) && !has_sentence(type)) {
            mute.insert(type);
        }
    }
    EXPECT_THAT(mute, IsEmpty());
}

// The other way round: what has a sentence is told to integrators, and they have read of it.
TEST(Types, WithASentenceAreListed) {
    const auto types = listed_types();
    for (const auto type : said_types()) {
        EXPECT_THAT(types, Contains(std::string(type)));
    }
}

// Also with nothing to go by, as of a newer program's event.
TEST(Types, HaveASentenceWithoutAnyFacts) {
    for (const auto type : said_types()) {
        Happening it;
        it.type = type;
        const auto text = sentence(it, {});
        EXPECT_FALSE(text.empty()) << type;
        EXPECT_NE(text, type);
    }
    Happening unknown;
    unknown.type = "conversation.flown";
    EXPECT_EQ(sentence(unknown, {}), "conversation.flown");
}

}  // namespace
}  // namespace lupaus::desk::timeline
