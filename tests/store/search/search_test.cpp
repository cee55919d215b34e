// What the two ways of the newest-first search find together, and that documents follow the log once, whoever reads it.
#include "services/desk/search/rules.hpp"
#include "services/desk/search/store.hpp"
#include "tests/support/builders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::desk::search {
namespace {

using support::TestDatabase;
using ::testing::ElementsAre;

// Messages are written by hand, each with its event, so that their times and number are free.
class Search : public ::testing::Test {
protected:
    Search() : account_(support::make_account(database_)) {}

    static constexpr Query kSay{"test_say", R"(
        WITH said AS (
            INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, text, created_at)
            SELECT $1::uuid, gen_random_uuid(), $2::uuid, n, '2026-01-01'::timestamptz + n * interval '1 second', 0, 0, 0,
                   replace($3, '%', n::text), now()
            FROM generate_series($4::int, $5::int) n
            RETURNING id, seq
        ), counter AS (
            UPDATE account_feed SET seq = seq + $5::int - $4::int + 1 WHERE account_id = $1::uuid
            RETURNING seq - ($5::int - $4::int + 1) AS before
        )
        INSERT INTO event (account_id, seq, id, type, actor_type, conversation_id, message_id, data)
        SELECT $1::uuid, before + row_number() OVER (ORDER BY said.seq), gen_random_uuid(), 'message.created', 0, $2::uuid,
               said.id, '{}'
        FROM said, counter)"};
    static constexpr Query kConversation{"test_conversation", R"(
        INSERT INTO conversation (account_id, id, number, contact_id, channel_id, subject, tags, last_message_at, created_at)
        VALUES ($1, $2, (random() * 1e9)::bigint, gen_random_uuid(), gen_random_uuid(), $3, $4::text[], '2026-01-01', '2025-01-01'))"};

    static constexpr Query kOpened{"test_opened", R"(
        WITH counter AS (UPDATE account_feed SET seq = seq + 1 WHERE account_id = $1::uuid RETURNING seq)
        INSERT INTO event (account_id, seq, id, type, actor_type, conversation_id, data)
        SELECT $1::uuid, seq, gen_random_uuid(), 'conversation.created', 0, $2::uuid, '{}' FROM counter)"};

    static constexpr Query kMoveFeed{"test_move_feed",
                                     "UPDATE account_feed SET seq = ($2::int - 1) * 32768 WHERE account_id = $1"};
    static constexpr Query kMoveProgress{
        "test_move_progress", "UPDATE search_progress SET seq = ($2::int - 1) * 32768 WHERE account_id = $1"};
    static constexpr Query kFold{"test_fold", "UPDATE message SET text_fold = $2 WHERE account_id = $1"};
    static constexpr Query kForgetEras{"test_forget_eras", "UPDATE search_document SET era = 0 WHERE account_id = $1"};

    ConversationId open(const std::string& subject = {}, const std::string& tags = "{}") {
        const auto id = ConversationId::make();
        database_.as_owner([&](Tx& tx) {
            tx.exec(kConversation, pqxx::params{to_string(account_), to_string(id), subject, tags});
            return tx.exec(kOpened, pqxx::params{to_string(account_), to_string(id)}).affected_rows();
        });
        return id;
    }

    void say(ConversationId conversation, const std::string& text, int first, int last) {
        database_.as_owner([&](Tx& tx) {
            return tx.exec(kSay, pqxx::params{to_string(account_), to_string(conversation), text, first, last})
                .affected_rows();
        });
    }

    int read_news(int events_max = 100'000) {
        auto work = [events_max](Tx& tx) { return index_news(tx, 20, events_max); };
        return database_.worker().run_blocking(Scope::queues(), work);
    }

    // As if so many events had come that another era began.
    void begin_era(int era) {
        database_.as_owner([&](Tx& tx) {
            const pqxx::params params{to_string(account_), era};
            tx.exec(kMoveFeed, params);
            return tx.exec(kMoveProgress, params).affected_rows();
        });
    }

    std::vector<std::string> look(const std::string& words, int limit = 10, std::optional<Place> before = {},
                                  Order order = Order::newest) {
        const Question question{
            .account = account_, .query = tsquery_of(words).value(), .order = order, .before = before, .limit = limit};
        std::vector<std::string> texts;
        for (const auto& hit : database_.as_app(account_, [&](Tx& tx) { return find(tx, question); })) {
            std::string text;
            for (const auto& part : parts_of(hit.passage)) {
                text += part.text;
            }
            texts.push_back(text);
            last_ = {.at = hit.at, .document = hit.document};
        }
        return texts;
    }

    TestDatabase database_;
    AccountId account_;
    Place last_;
};

TEST_F(Search, FindsCommonWordsAmongTheNewestAndRareOnesAmongAll) {
    const auto conversation = open();
    say(conversation, "rare kumquat %", 1, 3);
    say(conversation, "common apple %", 4, 3'000);
    read_news();
    EXPECT_THAT(look("apple", 2), ElementsAre("common apple 3000", "common apple 2999"));
    EXPECT_THAT(look("kumquat"), ElementsAre("rare kumquat 3", "rare kumquat 2", "rare kumquat 1"));
}

// Where the walk over the newest ends and the index goes on, nothing is missing and nothing comes twice.
TEST_F(Search, PagesGoOnFromTheNewestIntoTheOlder) {
    const auto conversation = open();
    say(conversation, "pear %", 1, 5);
    say(conversation, "filling %", 6, 2'000);
    say(conversation, "pear %", 2'001, 2'003);
    read_news();
    EXPECT_THAT(look("pear", 2), ElementsAre("pear 2003", "pear 2002"));
    EXPECT_THAT(look("pear", 4, last_), ElementsAre("pear 2001", "pear 5", "pear 4", "pear 3"));
    EXPECT_THAT(look("pear", 4, last_), ElementsAre("pear 2", "pear 1"));
}

// What arrived late is in a later era than what was said after it.
TEST_F(Search, TheNewestComesFirstWhereErasOverlap) {
    const auto conversation = open();
    say(conversation, "pear %", 1, 1);
    say(conversation, "pear %", 5, 5);
    read_news();
    begin_era(2);
    say(conversation, "pear %", 3, 3);
    say(conversation, "filling %", 100, 1'300);
    read_news();
    begin_era(3);
    say(conversation, "pear %", 2, 2);
    read_news();
    EXPECT_THAT(look("pear", 1), ElementsAre("pear 5"));
    EXPECT_THAT(look("pear", 2, last_), ElementsAre("pear 3", "pear 2"));
    EXPECT_THAT(look("pear", 2, last_), ElementsAre("pear 1"));
}

TEST_F(Search, WordsOfOlderErasAreFoundAsTheyAreTyped) {
    const auto conversation = open();
    say(conversation, "An e-bike of O'Brien's \\ %", 1, 1);
    say(conversation, "filling %", 2, 1'300);
    read_news();
    for (const auto* const typed : {"e-bike", "e-bi", "o'brien", "bike obrien's", "O'BRIEN e-bike"}) {
        EXPECT_EQ(look(typed, 5).size(), typed == std::string("bike obrien's") ? 0u : 1u) << typed;
    }
}

TEST_F(Search, AWordThatTheIndexCannotHoldKeepsNothingElseOut) {
    say(open(), std::string(2'040, 'x') + " plum %", 1, 1);
    say(open(), "filling %", 2, 1'300);
    read_news();
    EXPECT_EQ(look("plum").size(), 1u);
    EXPECT_EQ(look(std::string(190, 'x')).size(), 1u);
}

TEST_F(Search, DocumentsOfAProgramThatKnowsNoErasAreFound) {
    say(open(), "kumquat %", 1, 1);
    say(open(), "filling %", 2, 1'300);
    read_news();
    database_.as_owner([&](Tx& tx) { return tx.exec(kForgetEras, pqxx::params{to_string(account_)}).affected_rows(); });
    EXPECT_EQ(look("kumquat").size(), 1u);
    EXPECT_EQ(look("kumquat", 5, {}, Order::relevant).size(), 1u);
}

TEST_F(Search, ReadsEachEventOnceHoweverSmallThePortions) {
    const auto conversation = open();
    say(conversation, "plum %", 1, 10);
    int events = 0;
    while (const int read = read_news(3)) {
        events += read;
    }
    EXPECT_EQ(events, 11) << "ten messages and a conversation";
    EXPECT_EQ(look("plum", 20).size(), 10u);
}

TEST_F(Search, TwoReadersDoNotWaitForEachOther) {
    say(open(), "plum %", 1, 10);
    const auto first = [this](Tx& tx) {
        EXPECT_EQ(index_news(tx, 20, 100), 11);
        EXPECT_EQ(read_news(), 0);  // on a session of its own, while the first one is not committed
        return true;
    };
    database_.worker().run_blocking(Scope::queues(), first);
    EXPECT_EQ(look("plum", 20).size(), 10u);
}

TEST_F(Search, AHeadIsFoundByItsSubjectAndTagsAndNoMessageIsShown) {
    say(open("Lost luggage", "{airline}"), "Hello %", 1, 1);
    read_news();
    EXPECT_THAT(look("airline lugg"), ElementsAre("Lost luggage · airline"));
}

TEST_F(Search, APassageIsOfWhatIsNewWhereThatMatches) {
    const std::string text = "new plum > old quince and old plum";
    say(open(), text, 1, 1);
    read_news();
    database_.as_owner([&](Tx& tx) { return tx.exec(kFold, pqxx::params{to_string(account_), 8}).affected_rows(); });
    for (const auto order : {Order::newest, Order::relevant}) {
        EXPECT_THAT(look("plum", 5, {}, order), ElementsAre("new plum"));
        EXPECT_THAT(look("quince", 5, {}, order), ElementsAre(text)) << "what is folded away is found all the same";
    }
}

TEST_F(Search, TheMostRelevantComesFirst) {
    const auto conversation = open();
    say(conversation, "fig fig fig fig", 1, 1);
    say(conversation, "a fig among many other words that matter more than it", 2, 2);
    read_news();
    EXPECT_EQ(look("fig", 1, {}, Order::relevant).front(), "fig fig fig fig");
}

// As the API's own role and with its row-level security, the index of words is what answers.
TEST_F(Search, AnotherAccountsWordsAreNotFound) {
    say(open(), "secret %", 1, 1);
    read_news();
    const auto other = support::make_account(database_, "Other");
    const Question question{
        .account = account_, .query = "'secret':*", .order = Order::newest, .before = {}, .limit = 5};
    EXPECT_TRUE(database_.as_app(other, [&](Tx& tx) { return find(tx, question); }).empty());
}

}  // namespace
}  // namespace lupaus::desk::search
