#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "tests/store/inbound/inbound_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <thread>

namespace lupaus::desk::inbound {
namespace {

class InboundAccept : public InboundFixture {
protected:
    std::vector<Rejection> rejections() {
        return database.as_app(account,
                               [&](Tx& tx) { return list_rejections(tx, account, channel, std::nullopt, 100); });
    }

    std::optional<Fate> fate(std::string_view external_id) {
        return database.as_app(account, [&](Tx& tx) { return find_receipt(tx, account, channel, external_id); });
    }
};

TEST_F(InboundAccept, StoresKeyBytesAndQueueRow) {
    auto message = make("ext-1");
    message.raw = std::string("raw\0\xff bytes", 11);
    const auto receipts = accept({message});
    ASSERT_EQ(receipts.size(), 1U);
    EXPECT_EQ(receipts[0].id, message.id);
    EXPECT_FALSE(receipts[0].duplicate);
    EXPECT_EQ(ask("SELECT encode(bytes, 'hex') FROM inbound_raw"), "72617700ff206279746573");
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_key"), "1");
    const auto rows = claim_all();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].account, account);
    EXPECT_EQ(rows[0].channel, channel);
    EXPECT_EQ(rows[0].id, message.id);
    EXPECT_EQ(rows[0].kind, Kind::message);
    EXPECT_EQ(decode(rows[0]).value().text, message.text);
}

// libpq keeps a buffer of the size of what it sent for as long as the connection lasts.
TEST_F(InboundAccept, LetsTheConnectionOfALargeMessageGo) {
    const auto session = [this] {
        return database.as_worker({account}, [](Tx& tx) {
            return tx.exec({.name = "pid", .sql = "SELECT pg_backend_pid()"}).one_row()[0].as<int>();
        });
    };
    const auto first = session();
    accept({make("ext-1")});
    EXPECT_EQ(session(), first);
    auto large = make("ext-2");
    large.raw = std::string(9 * 1024 * 1024, 'x');
    accept({large});
    EXPECT_NE(session(), first);
    EXPECT_EQ(ask("SELECT max(length(bytes)) FROM inbound_raw"), std::to_string(large.raw.size()));
}

TEST_F(InboundAccept, QueuesABatchInItsOrder) {
    std::vector<Inbound> batch;
    for (int i = 0; i < 200; ++i) {
        batch.push_back(make("ext-" + std::to_string(i)));
    }
    accept(batch);
    const auto rows = claim_all();
    ASSERT_EQ(rows.size(), batch.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].id, batch[i].id);
    }
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_raw r JOIN inbound i USING (account_id, id) "
                  "WHERE convert_from(r.bytes, 'UTF8')::jsonb->>'id' = i.payload::jsonb->>'external_id'"),
              "200");
}

TEST_F(InboundAccept, RepeatsAreDuplicatesOfTheFirst) {
    const auto first = make("ext-1");
    accept({first});
    auto again = make("ext-1");
    again.raw += " ";
    again.sender_name = "Aino V.";
    const auto receipts = accept({make("ext-2"), again});
    EXPECT_FALSE(receipts[0].duplicate);
    EXPECT_TRUE(receipts[1].duplicate);
    EXPECT_FALSE(receipts[1].conflict);
    EXPECT_EQ(receipts[1].id, first.id);
    EXPECT_EQ(claim_all().size(), 2U);
    EXPECT_TRUE(rejections().empty());
    EXPECT_EQ(fate("ext-1")->duplicates, 1);
    EXPECT_EQ(fate("ext-1")->conflicts, 0);
    EXPECT_EQ(fate("ext-2")->duplicates, 0);
    accept({again, make("ext-2"), again});
    EXPECT_EQ(fate("ext-1")->duplicates, 3);
    EXPECT_EQ(fate("ext-2")->duplicates, 1);
}

TEST_F(InboundAccept, AnotherMeaningIsAConflictAndIsKept) {
    const auto first = make("ext-1");
    accept({first});
    auto other = make("ext-1");
    other.text = "something else";
    other.raw = "the other body";
    const auto receipts = accept({other});
    EXPECT_TRUE(receipts[0].duplicate);
    EXPECT_TRUE(receipts[0].conflict);
    EXPECT_EQ(receipts[0].id, first.id);
    const auto kept = rejections();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].reason, RejectionReason::conflict);
    EXPECT_EQ(kept[0].external_id, "ext-1");
    EXPECT_EQ(kept[0].body, "the other body");
    EXPECT_EQ(fate("ext-1")->conflicts, 1);
    EXPECT_EQ(fate("ext-1")->duplicates, 0);
    EXPECT_EQ(claim_all().size(), 1U);
}

TEST_F(InboundAccept, TheFirstOfABatchWins) {
    const auto first = make("ext-1");
    auto other = make("ext-1");
    other.text = "something else";
    const auto same = make("ext-1");
    const auto receipts = accept({first, other, same});
    EXPECT_FALSE(receipts[0].duplicate);
    EXPECT_TRUE(receipts[1].conflict);
    EXPECT_TRUE(receipts[2].duplicate);
    EXPECT_FALSE(receipts[2].conflict);
    EXPECT_EQ(receipts[1].id, first.id);
    EXPECT_EQ(receipts[2].id, first.id);
    EXPECT_EQ(claim_all().size(), 1U);
}

TEST_F(InboundAccept, ABatchRepeatedAfterACommitInDoubtIsAPlainAccept) {
    const std::vector<Inbound> batch{make("ext-1"), make("ext-2")};
    accept(batch);
    for (const auto& receipt : accept(batch)) {
        EXPECT_FALSE(receipt.duplicate);
    }
    EXPECT_EQ(claim_all().size(), 2U);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound_raw"), "2");
    EXPECT_EQ(ask("SELECT sum(duplicates) FROM inbound_key"), "0") << "nobody sent it again";
}

TEST_F(InboundAccept, ChannelsHaveTheirOwnIds) {
    auto elsewhere = make("ext-1");
    elsewhere.channel = support::make_channel(database, account, {.name = "Other"}).id;
    const auto receipts = accept({make("ext-1"), elsewhere});
    EXPECT_FALSE(receipts[0].duplicate);
    EXPECT_FALSE(receipts[1].duplicate);
}

TEST_F(InboundAccept, RedeliveredBatchesNeitherDeadlockNorDouble) {
    constexpr int kWriters = 4;
    constexpr int kMessages = 200;
    std::atomic<int> accepted{0};
    std::atomic<int> failures{0};  // a deadlock would be repeated silently
    const QueryObserver observer = [&](std::string_view, std::chrono::nanoseconds, bool ok) { failures += ok ? 0 : 1; };
    Database pool({.url = database.url("lupaus_worker"), .name = "test", .observer = observer});
    {
        std::vector<std::jthread> writers;
        for (int writer = 0; writer < kWriters; ++writer) {
            writers.emplace_back([&, writer] {
                std::mt19937 random(static_cast<std::uint32_t>(writer));
                for (int round = 0; round < 5; ++round) {
                    std::vector<Inbound> batch;
                    for (int i = 0; i < kMessages; ++i) {
                        batch.push_back(make("ext-" + std::to_string(round) + "-" + std::to_string(i)));
                    }
                    std::ranges::shuffle(batch, random);
                    const auto work = [&](Tx& tx) { return inbound::accept(tx, batch); };
                    for (const auto& receipt : pool.run_blocking(Scope::queues(), work)) {
                        accepted += receipt.duplicate ? 0 : 1;
                    }
                }
            });
        }
    }
    EXPECT_EQ(accepted, 5 * kMessages);
    EXPECT_EQ(ask("SELECT count(*) FROM inbound"), std::to_string(5 * kMessages));
    EXPECT_EQ(ask("SELECT sum(duplicates) FROM inbound_key"), std::to_string(5 * kMessages * (kWriters - 1)));
    EXPECT_EQ(failures, 0);
}

TEST_F(InboundAccept, SaysWhatBecameOfAMessage) {
    EXPECT_FALSE(fate("ext-1"));
    const auto message = make("ext-1");
    accept({message});
    EXPECT_EQ(fate("ext-1")->state, FateState::queued);
    EXPECT_EQ(fate("ext-1")->id, message.id);
    const auto rows = claim_all();
    const auto work = [&](Tx& tx) {
        const Failed failed{.row = rows[0], .error = "the contact is a ghost"};
        quarantine(tx, std::span(&failed, 1));
        return true;
    };
    database.as_worker({account}, work);
    EXPECT_EQ(fate("ext-1")->state, FateState::quarantined);
    EXPECT_EQ(fate("ext-1")->error, "the contact is a ghost");
}

TEST_F(InboundAccept, SaysThatAMessageWasRouted) {
    const auto message = make("ext-1");
    accept({message});
    const auto conversation = ConversationId::make();
    constexpr Query kInsert{
        "test_insert_message",
        "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, "
        "created_at) VALUES ($1, $2, $3, 1, now(), 0, 0, 0, now())"};
    database.as_owner([&](Tx& tx) {
        tx.exec(kInsert, pqxx::params{to_string(account), to_string(message.id), to_string(conversation)});
        return true;
    });
    EXPECT_EQ(fate("ext-1")->state, FateState::routed);
    EXPECT_EQ(fate("ext-1")->conversation, conversation);
}

TEST_F(InboundAccept, SaysThatABodyWasRefused) {
    const Rejection rejection{
        .account = account, .channel = channel, .external_id = "ext-7", .detail = "/text is required", .body = "{}"};
    as_worker([&](Tx& tx) {
        reject(tx, std::span(&rejection, 1));
        return true;
    });
    const auto found = fate("ext-7");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, FateState::rejected);
    EXPECT_EQ(found->error, "/text is required");
    EXPECT_TRUE(found->id.is_nil());
}

TEST_F(InboundAccept, AnotherAccountSeesNothing) {
    accept({make("ext-1")});
    const auto other = support::make_account(database, "Other");
    const auto work = [&](Tx& tx) { return find_receipt(tx, account, channel, "ext-1"); };
    EXPECT_FALSE(database.as_app(other, work));
}

}  // namespace
}  // namespace lupaus::desk::inbound
