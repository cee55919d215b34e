// A database with one account and one webhook channel, and questions about the queue tables.
#pragma once

#include "services/desk/inbound/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/inbound_sample.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lupaus::desk::inbound {

class InboundFixture : public testing::Test {
protected:
    Inbound make(std::string external_id) const {
        return support::make_inbound(account, channel, std::move(external_id));
    }

    // As intake and router do it: without naming accounts.
    template <class Work>
    auto as_worker(Work work) {
        return database.as_worker({}, work);
    }

    std::vector<Receipt> accept(const std::vector<Inbound>& batch) {
        return as_worker([&](Tx& tx) { return inbound::accept(tx, batch); });
    }

    std::vector<Queued> claim_all(std::int64_t from = 0, int limit = 1000) {
        return as_worker([&](Tx& tx) {
            const Lane lane{.account = account, .from = from, .backlog_from = from, .rows = 1};
            return claim(tx, std::span(&lane, 1), limit);
        });
    }

    static Result<void> retry_quarantined(Tx& tx, AccountId account, MessageId id) {
        const auto held = lock_quarantined(tx, account, id);
        if (!held) {
            return not_found("quarantined message");
        }
        requeue(tx, *held, held->payload);
        return {};
    }

    std::string ask(const std::string& sql) {
        pqxx::connection connection(database.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        const auto field = work.exec(sql).one_field();
        return field.is_null() ? std::string("NULL") : field.as<std::string>();
    }

    support::TestDatabase database;
    AccountId account = support::make_account(database);
    ChannelId channel = support::make_channel(database, account).id;
};

}  // namespace lupaus::desk::inbound
