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
        return read_page(after, {.events = limit}).events;
    }

    Page read_page(std::int64_t after, const PageLimit& limit) {
        return database_.as_app(account_, [&](Tx& tx) {
            const Position position{.account = account_, .after = after};
            return read_after(tx, std::span(&position, 1), limit);
        });
    }

    // A message with a text and an HTML part of so many bytes, and its event.
    void say(AccountId account, std::size_t text_bytes, std::size_t html_bytes = 0) {
        message::Message said;
        said.account = account;
        said.id = MessageId::make();
        said.conversation = ConversationId::make();
        said.author = {.type = message::AuthorType::customer, .id = make_uuid_v7(), .name = "Aino"};
        said.text = std::string(text_bytes, 'x');
        said.html = html_bytes == 0 ? std::nullopt : std::optional(std::string(html_bytes, 'y'));
        said.created_at = system_now();
        said.ordered_at = said.created_at;
        auto one = draft(account, "message.created");
        one.message = said.id;
        database_.as_worker({account}, [&](Tx& tx) {
            message::insert(tx, std::span(&said, 1));
            append(tx, std::span(&one, 1));
            return true;
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
    const auto page =
        database_.as_worker({account_, other_}, [&](Tx& tx) { return read_after(tx, positions, {.events = 1}); });
    const auto& events = page.events;
    EXPECT_TRUE(page.has_more);
    ASSERT_EQ(events.size(), 2U);
    for (const auto& event : events) {
        EXPECT_EQ(event.seq, event.account == account_ ? 2 : 1);
    }
    const auto foreign =
        database_.as_worker({account_}, [&](Tx& tx) { return read_after(tx, positions, {.events = 10}); });
    EXPECT_FALSE(foreign.has_more);
    EXPECT_EQ(foreign.events.size(), 2U) << "row-level security hides the account that was not named";
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

// The event's own data, {}, is two bytes.
TEST_F(EventStoreTest, APageEndsAtItsBytes) {
    say(account_, 98);
    say(account_, 40, 58);
    say(account_, 98);
    say(account_, 10'000);
    say(account_, 98);
    const auto sizes = [this](std::int64_t after, std::int64_t bytes) {
        const auto page = read_page(after, {.events = 100, .bytes = bytes});
        return std::pair{page.events.size(), page.has_more};
    };
    EXPECT_EQ(sizes(0, 200), (std::pair{2UL, true}));
    EXPECT_EQ(sizes(0, 199), (std::pair{1UL, true}));
    EXPECT_EQ(sizes(0, 1), (std::pair{1UL, true})) << "one event at least";
    EXPECT_EQ(sizes(2, 5'000), (std::pair{1UL, true}));
    EXPECT_EQ(sizes(3, 5'000), (std::pair{1UL, true})) << "and no more behind it";
    EXPECT_EQ(sizes(4, 5'000), (std::pair{1UL, false}));
    EXPECT_EQ(sizes(5, 5'000), (std::pair{0UL, false}));
    EXPECT_EQ(sizes(0, 10'402), (std::pair{5UL, false}));
    EXPECT_EQ(sizes(0, 10'401), (std::pair{4UL, true}));
}

TEST_F(EventStoreTest, PagesByBytesLeaveNothingOut) {
    for (std::size_t i = 0; i < 40; ++i) {
        say(account_, i * i * 37 % 2'000);
    }
    std::int64_t seen = 0;
    for (bool has_more = true; has_more;) {
        const auto page = read_page(seen, {.events = 7, .bytes = 3'000});
        std::size_t bytes = 0;
        for (const auto& event : page.events) {
            ASSERT_EQ(event.seq, ++seen);
            bytes += text::parse_json(event.json).value()["message"]["text"].get<std::string>().size();
        }
        EXPECT_LE(bytes, 3'000U);
        has_more = page.has_more;
    }
    EXPECT_EQ(seen, 40);
}

TEST_F(EventStoreTest, EachAccountsPartHasItsOwnBound) {
    say(account_, 500);
    say(other_, 98);
    say(account_, 500);
    say(other_, 98);
    const std::array positions{Position{.account = account_}, Position{.account = other_}};
    const auto page = database_.as_worker(
        {account_, other_}, [&](Tx& tx) { return read_after(tx, positions, {.events = 10, .bytes = 200}); });
    EXPECT_TRUE(page.has_more);
    const auto of = [&page](AccountId account) {
        return std::ranges::count_if(page.events, [account](const auto& event) { return event.account == account; });
    };
    EXPECT_EQ(of(account_), 1);
    EXPECT_EQ(of(other_), 2);
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
