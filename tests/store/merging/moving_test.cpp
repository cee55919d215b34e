// Who finds a message by its conversation, and has to wait for a merge there, finds it where it is then.
#include "services/desk/delivery/store.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/promise/store.hpp"
#include "services/desk/revision/store.hpp"
#include "services/inbox/messages.hpp"
#include "services/inbox/promises.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <nlohmann/json.hpp>

#include <future>

namespace lupaus::inbox {
namespace {

using namespace std::chrono_literals;

class Moving : public ConversationTest {
protected:
    // Somebody has moved everything of the source, and not committed when `work` comes to the first lock.
    template <class Work>
    auto while_merging(Work work) {
        pqxx::connection holder_connection(desk_.database.url("lupaus_owner"));
        pqxx::connection watcher_connection(desk_.database.url("lupaus_owner"));
        pqxx::nontransaction watcher(watcher_connection);
        pqxx::work holder(holder_connection);
        const auto both = pqxx::params{source_.str(), target_.str()};
        holder.exec("SELECT FROM conversation WHERE id IN ($1, $2) FOR NO KEY UPDATE", both);
        for (const auto* table : {"delivery", "message", "promise"}) {
            holder.exec("UPDATE " + std::string(table) + " SET conversation_id = $2 WHERE conversation_id = $1" +
                            (std::string_view(table) == "promise" ? " AND settled_at IS NULL" : ""),
                        both);
        }
        holder.exec("UPDATE conversation SET merged_into = $2, state = 3 WHERE id = $1", both);
        auto result = std::async(std::launch::async, work);
        const auto* question =
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()";
        while (result.wait_for(0s) != std::future_status::ready && watcher.exec(question).at(0, 0).as<int>() == 0) {
        }
        EXPECT_NE(result.wait_for(0s), std::future_status::ready) << "it did not wait";
        holder.commit();
        return result.get();
    }

    MessageId reply() {
        const auto said = call(handle_post_message, as_maija_, source_.str(), R"({"text":"Ready."})").value();
        return parse_id<MessageId>(text::parse_json(said.body).value().at("id").get<std::string>()).value();
    }

    template <class Work>
    auto as_worker(const Work& work) {
        return desk_.database.as_worker({account_}, work);
    }

    Opened target_ = open({.ago = 2h, .is_waiting = false});
    Opened source_ = open({.ago = 1h, .contact = load(target_.id).contact});
};

TEST_F(Moving, AResultIsToldToItsMessage) {
    const auto message = reply();
    const desk::delivery::ClaimOptions options{.limit = 100, .per_channel = 100, .in_flight = {}, .lease = 1min};
    const auto claim = [&](Tx& tx) { return desk::delivery::claim(tx, options); };
    const auto claimed = desk_.database.worker().run_blocking(Scope::queues(), claim);
    ASSERT_EQ(claimed.jobs.size(), 1u);
    const auto& delivery = claimed.jobs.front().delivery;
    const bool is_noted = while_merging([&] {
        return as_worker([&](Tx& tx) {
            return desk::delivery::conclude(tx,
                                            {.account = account_,
                                             .delivery = delivery.id,
                                             .attempt = delivery.attempt,
                                             .step = {.state = desk::delivery::State::sent},
                                             .status = 200,
                                             .external_id = "sms-1"},
                                            desk_.metrics);
        });
    });
    EXPECT_TRUE(is_noted);
    constexpr Query kState{"test_state", "SELECT delivery_state || ' ' || external_id FROM message WHERE id = $1"};
    EXPECT_EQ(look_one(kState, pqxx::params{to_string(message)}), "2 sms-1");
    EXPECT_EQ(event_data("message.delivery").at("conversation").at("id"), target_.str());
}

TEST_F(Moving, WhatWasRefusedIsOwedAgainWhereItIs) {
    const auto message = reply();
    const auto reopened = while_merging(
        [&] { return as_worker([&](Tx& tx) { return desk::promise::reopen_undelivered(tx, account_, message); }); });
    ASSERT_TRUE(reopened);
    EXPECT_EQ(reopened->conversation, target_.id);
    EXPECT_EQ(load(target_.id).owed->id, reopened->promise.id);
    EXPECT_FALSE(load(source_.id).waiting_since);
}

TEST_F(Moving, AnEditFindsItsMessage) {
    const std::string external_id = "ext-Hei!";
    look({"test_key",
          "INSERT INTO inbound_key (account_id, channel_id, key, meaning, message_id) VALUES ($1, $2, $3, $3, $4)"},
         pqxx::params{to_string(account_), to_string(channel_.id), to_string(desk::inbound::key_of(external_id)),
                      to_string(source_.message)});
    const desk::revision::Revision edit{
        .account = account_, .channel = channel_.id, .message_id = external_id, .text = "Hei hei!"};
    const auto effect = while_merging(
        [&] { return as_worker([&](Tx& tx) { return desk::revision::apply(tx, edit, desk_.metrics); }); });
    ASSERT_TRUE(effect.has_value()) << effect.error().detail;
    EXPECT_EQ(*effect, desk::revision::Effect::applied);
    EXPECT_EQ(
        look_one({"test_text", "SELECT text FROM message WHERE id = $1"}, pqxx::params{to_string(source_.message)}),
        "Hei hei!");
    EXPECT_EQ(event_data("message.edited").at("conversation").at("id"), target_.str());
}

TEST_F(Moving, AWordIsKeptWhereItIs) {
    const auto given = call(handle_give_word, as_maija_, "",
                            R"({"conversation_id":")" + source_.str() + R"(","text":"The lamp","due_at":")" +
                                to_rfc3339(now() + 24h) + R"("})");
    const auto word = text::parse_json(given.value().body).value().at("id").get<std::string>();
    const auto kept = while_merging([&] { return call(handle_keep_promise, as_maija_, word); });
    ASSERT_TRUE(kept.has_value()) << kept.error().detail;
    EXPECT_EQ(text::parse_json(kept->body).value().at("conversation_id").get<std::string>(), target_.str());
}

}  // namespace
}  // namespace lupaus::inbox
