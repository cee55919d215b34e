#include "services/desk/event/store.hpp"

#include "common/text/json.hpp"
#include "services/desk/message/store.hpp"
#include "tests/support/builders.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <thread>

namespace lupaus::desk::event {
namespace {

using support::make_account;
using support::TestDatabase;

Draft draft(AccountId account, std::string_view type = "team.created", std::string data = "{}") {
    return {.account = account,
            .type = type,
            .actor = Actor::system(),
            .conversation = {},
            .message = {},
            .data = std::move(data)};
}

class EventStoreTest : public ::testing::Test {
protected:
    void add(std::vector<Draft> drafts) {
        database_.as_worker({account_, other_}, [&](Tx& tx) {
            append(tx, drafts);
            EXPECT_FALSE(tx.xid().empty()) << "a commit in doubt must be able to ask";
            return true;
        });
    }

    std::vector<Event> read(std::int64_t after = 0, int limit = 100) {
        return database_.as_app(account_, [&](Tx& tx) {
            const Position position{.account = account_, .after = after};
            return read_after(tx, std::span(&position, 1), limit);
        });
    }

    Extent extent_now() {
        return database_.as_app(account_, [&](Tx& tx) { return extent(tx, account_); });
    }

    TestDatabase database_;
    AccountId account_ = make_account(database_);
    AccountId other_ = make_account(database_, "Other");
};

TEST_F(EventStoreTest, NumbersFollowTheOrderOfTheDrafts) {
    add({draft(account_, "a.a"), draft(other_, "b.a"), draft(account_, "a.b"), draft(other_, "b.b"),
         draft(account_, "a.c")});
    add({draft(account_, "a.d")});
    const auto events = read();
    ASSERT_EQ(events.size(), 4U);
    std::string types;
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i].seq, static_cast<std::int64_t>(i) + 1);
        types += events[i].type + " ";
    }
    EXPECT_EQ(types, "a.a a.b a.c a.d ");
}

TEST_F(EventStoreTest, WhatRollsBackTakesNoNumber) {
    add({draft(account_)});
    EXPECT_THROW(database_.as_app(account_,
                                  [&](Tx& tx) -> bool {
                                      const auto one = draft(account_);
                                      append(tx, std::span(&one, 1));
                                      throw std::runtime_error("no");
                                  }),
                 std::runtime_error);
    add({draft(account_)});
    EXPECT_EQ(read().back().seq, 2);
    EXPECT_EQ(extent_now().newest, 2);
}

TEST_F(EventStoreTest, AnotherAccountsLogCannotBeWritten) {
    EXPECT_THROW(database_.as_app(account_,
                                  [&](Tx& tx) {
                                      const auto one = draft(other_);
                                      append(tx, std::span(&one, 1));
                                      return true;
                                  }),
                 std::exception);
}

TEST_F(EventStoreTest, ReadsPagesOfSeveralAccountsAtOnce) {
    add({draft(account_), draft(account_), draft(account_), draft(other_), draft(other_)});
    const std::array positions{Position{.account = account_, .after = 1}, Position{.account = other_, .after = 0}};
    const auto events = database_.as_worker({account_, other_}, [&](Tx& tx) { return read_after(tx, positions, 1); });
    ASSERT_EQ(events.size(), 2U);
    for (const auto& event : events) {
        EXPECT_EQ(event.seq, event.account == account_ ? 2 : 1);
    }
    const auto foreign = database_.as_worker({account_}, [&](Tx& tx) { return read_after(tx, positions, 10); });
    EXPECT_EQ(foreign.size(), 2U) << "row-level security hides the account that was not named";
}

TEST_F(EventStoreTest, RendersWhatWasSaidAndByWhom) {
    const Actor actor{.type = ActorType::agent, .id = make_uuid_v7(), .token = TokenId::make()};
    auto one = draft(account_, "team.updated", R"({ "team" : {"name":"Caf\u00e9 \"}\""} , "more" : 1 })");
    one.actor = actor;
    add({one, draft(account_, "team.deleted", " { } ")});
    const auto events = read();
    const auto json = text::parse_json(events[0].json).value();
    EXPECT_EQ(json["type"], "team.updated");
    EXPECT_EQ(json["cursor"], 1);
    EXPECT_EQ(json["actor"]["type"], "agent");
    EXPECT_EQ(json["actor"]["id"], to_string(actor.id));
    EXPECT_EQ(json["actor"]["token_id"], to_string(actor.token));
    EXPECT_EQ(json["team"]["name"], "Café \"}\"");
    EXPECT_EQ(json["more"], 1);
    EXPECT_TRUE(parse_rfc3339(json["occurred_at"].get<std::string>()));
    const auto bare = text::parse_json(events[1].json).value();
    EXPECT_EQ(bare.size(), 5U) << events[1].json;
    EXPECT_TRUE(bare["actor"]["id"].is_null());
}

TEST_F(EventStoreTest, JoinsTheMessageAsItIsNow) {
    message::Message said;
    said.account = account_;
    said.id = MessageId::make();
    said.conversation = ConversationId::make();
    said.author = {.type = message::AuthorType::customer, .id = make_uuid_v7(), .name = "Aino, {the} \"best\""};
    said.text = "Hei! \xF0\x9F\x9A\xB2 \\ \n";
    said.created_at = system_now();
    said.ordered_at = said.created_at;
    said.attachments = {{.id = AttachmentId::make(),
                         .message = said.id,
                         .name = "a,b.txt",
                         .content_type = "text/plain",
                         .size_bytes = 3,
                         .sha256 = "x"},
                        {.id = AttachmentId::make(),
                         .message = said.id,
                         .name = "\"c\"",
                         .content_type = "",
                         .size_bytes = 4,
                         .sha256 = "y"}};
    auto one = draft(account_, "message.created", R"({"conversation":{"id":"x"}})");
    one.conversation = said.conversation;
    one.message = said.id;
    database_.as_app(account_, [&](Tx& tx) {
        message::insert(tx, std::span(&said, 1));
        append(tx, std::span(&one, 1));
        return true;
    });
    const auto json = text::parse_json(read().front().json).value();
    const auto stored = database_.as_app(account_, [&](Tx& tx) { return message::find(tx, account_, said.id); });
    std::string expected;
    message::append_json(expected, stored.value());
    EXPECT_EQ(json["message"], text::parse_json(expected).value()) << "the same as everywhere else";
    EXPECT_EQ(json["message"]["attachments"].size(), 2U);
    EXPECT_EQ(json["conversation"]["id"], "x");
}

TEST_F(EventStoreTest, KnowsFromWhereOneCanGoOn) {
    EXPECT_TRUE(extent_now().can_resume(0));
    EXPECT_FALSE(extent_now().can_resume(1));
    add({draft(account_), draft(account_), draft(account_)});
    for (const auto cursor : {0, 1, 3}) {
        EXPECT_TRUE(extent_now().can_resume(cursor)) << cursor;
    }
    EXPECT_FALSE(extent_now().can_resume(4)) << "of a log that is gone";
    database_.as_worker({account_}, [&](Tx& tx) {
        tx.exec(Query{.name = "test_forget", .sql = "DELETE FROM event WHERE seq < 3"});
        return true;
    });
    EXPECT_FALSE(extent_now().can_resume(1)) << "event 2 is not kept any more";
    EXPECT_TRUE(extent_now().can_resume(2));
    EXPECT_TRUE(extent_now().can_resume(3));
}

// seq order is commit order: a reader that saw n has seen everything up to n.
TEST_F(EventStoreTest, ConcurrentWritersLeaveNoGapAndNoDeadlock) {
    constexpr int kWriters = 4;
    constexpr int kRounds = 50;
    std::vector<std::jthread> writers;
    for (int w = 0; w < kWriters; ++w) {
        writers.emplace_back([this, w] {
            Database database({.url = database_.url("lupaus_worker"), .name = "writer", .threads = 1});
            const std::vector<Uuid> both{account_.value, other_.value};
            for (int round = 0; round < kRounds; ++round) {
                // Half of them name the accounts the other way round.
                const std::vector<Draft> drafts = w % 2 == 0 ? std::vector{draft(account_), draft(other_)}
                                                             : std::vector{draft(other_), draft(account_)};
                const auto work = [&drafts](Tx& tx) {
                    append(tx, drafts);
                    return true;
                };
                database.run_blocking(Scope::accounts(both), work);
            }
        });
    }
    std::int64_t seen = 0;
    while (seen < kWriters * kRounds) {
        for (const auto& event : read(seen, 1000)) {
            ASSERT_EQ(event.seq, seen + 1) << "committed behind a reader's back";
            seen = event.seq;
        }
    }
    EXPECT_EQ(seen, kWriters * kRounds);
}

}  // namespace
}  // namespace lupaus::desk::event
