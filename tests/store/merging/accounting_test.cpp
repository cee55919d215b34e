// Whatever is merged and split in whatever order: no message is lost, and nobody who waits is forgotten.
#include "services/inbox/conversations.hpp"
#include "services/inbox/messages.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

#include <map>
#include <random>
#include <set>

namespace lupaus::inbox {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

class Accounting : public ConversationTest {
protected:
    void begin(int conversations) {
        const auto first = open({.ago = 100h});
        note(first.id, first.message);
        for (int i = 1; i < conversations; ++i) {
            const auto other = open({.ago = std::chrono::hours{100 - i},
                                     .assignee = i % 2 == 0 ? maija_ : AgentId{},
                                     .contact = load(first.id).contact});
            note(other.id, other.message);
        }
    }

    void note(ConversationId conversation, MessageId message) {
        live_.insert(to_string(conversation));
        unanswered_.insert(to_string(message));
        asked_.push_back(to_string(message));
    }

    std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(chance_); }

    std::string any_live() { return *std::next(live_.begin(), static_cast<std::ptrdiff_t>(below(live_.size()))); }

    std::string conversation_of(const std::string& message) {
        return look_one({"test_place", "SELECT conversation_id FROM message WHERE id = $1"}, pqxx::params{message});
    }

    void ask() {
        const auto id = any_live();
        const std::chrono::minutes ago{5000 - static_cast<int>(asked_.size())};  // after all that was said before
        const auto conversation = parse_id<ConversationId>(id).value();
        note(conversation, write(conversation, "More", ago));
    }

    void answer() {
        const auto id = any_live();
        ASSERT_TRUE(call(handle_post_message, as_pekka_, id, R"({"text":"Ready."})").has_value());
        ++said_;
        for (const auto& message : asked_) {
            if (conversation_of(message) == id) {
                unanswered_.erase(message);
            }
        }
    }

    bool merge() {
        const auto source = any_live();
        const auto target = any_live();
        const auto merged = call(handle_merge_conversation, as_maija_, source, R"({"into":")" + target + R"("})");
        EXPECT_EQ(merged.has_value(), source != target);
        if (merged) {
            live_.erase(source);
        }
        return merged.has_value();
    }

    bool split() {
        const auto& message = asked_[below(asked_.size())];
        const auto body = R"({"message_id":")" + message + R"("})";
        const auto made = call(handle_split_conversation, as_maija_, conversation_of(message), body);
        if (made) {
            live_.insert(text::parse_json(made->body).value().at("id").get<std::string>());
        } else {
            EXPECT_EQ(made.error().code, Errc::conflict) << "it was all that was said";
        }
        return made.has_value();
    }

    void check() {
        EXPECT_EQ(look_one({"test_all", "SELECT count(*) FROM message"}), std::to_string(asked_.size() + said_));
        EXPECT_EQ(look_one({"test_lost",
                            "SELECT count(*) FROM message m JOIN conversation c ON c.id = m.conversation_id "
                            "WHERE c.merged_into IS NOT NULL"}),
                  "0");
        EXPECT_EQ(look_one({"test_live", "SELECT count(*) FROM conversation WHERE merged_into IS NULL"}),
                  std::to_string(live_.size()));
        EXPECT_EQ(look_one({"test_chains",
                            "SELECT count(*) FROM conversation c JOIN conversation m ON m.id = c.merged_into "
                            "WHERE m.merged_into IS NOT NULL"}),
                  "0");
        // One promise for each wait, which the conversation shows; and no message waits longer than its conversation.
        EXPECT_EQ(
            look_one({"test_waits",
                      "SELECT count(*) FROM conversation c "
                      "FULL JOIN (SELECT * FROM promise WHERE settled_at IS NULL AND kind < 2) p "
                      "ON p.conversation_id = c.id "
                      "WHERE c.waiting_since IS DISTINCT FROM p.waiting_since OR c.owed_id IS DISTINCT FROM p.id"}),
            "0");
        std::string waiting = "{";
        for (const auto& message : unanswered_) {
            waiting += (waiting.size() > 1 ? "," : "") + message;
        }
        EXPECT_EQ(look_one({"test_forgotten",
                            "SELECT count(*) FROM message m JOIN conversation c ON c.id = m.conversation_id "
                            "WHERE m.id = ANY ($1::uuid[]) AND coalesce(c.waiting_since > m.ordered_at, true)"},
                           pqxx::params{waiting + "}"}),
                  "0");
        EXPECT_THAT(recount(), IsEmpty());
    }

    std::mt19937 chance_{20261126};
    std::set<std::string> live_;        // conversations that were not merged away
    std::vector<std::string> asked_;    // the customer's messages
    std::set<std::string> unanswered_;  // of them
    std::size_t said_ = 0;              // replies
};

TEST_F(Accounting, NoMessageIsLostInTwoHundredMergesAndSplits) {
    support::make_policy(desk_.database, account_, {.target = 1h});
    begin(12);
    for (int done = 0; done < 200;) {
        const auto choice = below(10);
        if (choice == 0) {
            ask();
        } else if (choice == 1) {
            answer();
        } else {
            done += (choice < 6 ? merge() : split()) ? 1 : 0;
        }
        check();
        ASSERT_FALSE(HasFailure()) << "after " << done;
    }
}

}  // namespace
}  // namespace lupaus::inbox
