// A desk with a running intake: a test's coroutine is run on the desk's I/O thread until it ends, then all is stopped.
#pragma once

#include "common/async/task_group.hpp"
#include "services/desk/inbound/intake.hpp"
#include "services/desk/inbound/rejection_store.hpp"
#include "tests/support/inbound_sample.hpp"
#include "tests/support/test_desk.hpp"
#include "tests/unit/async/run_on_io.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::inbound {

// What became of one message that was sent beside others.
struct Sent {
    std::optional<Result<Receipt>> receipt{};
    bool is_failed = false;  // with an exception
};

class IntakeFixture : public testing::Test {
protected:
    using Body = std::function<boost::asio::awaitable<void>()>;

    void run(const Body& body) {
        run_on(desk.io, [this, &body] { return run_all(&body); });
    }

    boost::asio::awaitable<void> run_all(const Body* body) {
        TaskGroup tasks(desk.io.get_executor(), [](const std::string&, const std::exception_ptr& error) {
            ADD_FAILURE() << "a task failed";
            std::rethrow_exception(error);
        });
        intake.start(tasks);
        std::exception_ptr failure;
        try {
            co_await (*body)();
        } catch (...) {
            failure = std::current_exception();
        }
        co_await intake.stop();
        tasks.stop();
        co_await tasks.join();
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

    // Sends them all at once; `wait` returns when every one was answered.
    std::shared_ptr<std::vector<Sent>> send(const std::vector<Inbound>& messages) {
        auto sent = std::make_shared<std::vector<Sent>>(messages.size());
        for (std::size_t i = 0; i < messages.size(); ++i) {
            ++under_way;
            boost::asio::co_spawn(desk.io, send_one(messages[i], sent, i), [](const std::exception_ptr&) {});
        }
        return sent;
    }

    boost::asio::awaitable<void> send_one(Inbound message, std::shared_ptr<std::vector<Sent>> sent, std::size_t index) {
        try {
            (*sent)[index].receipt = co_await intake.accept(std::move(message));
        } catch (const std::exception&) {
            (*sent)[index].is_failed = true;
        }
        --under_way;
        answered.ring();
    }

    boost::asio::awaitable<void> wait() {
        while (under_way > 0) {
            co_await answered.wait();
        }
    }

    Inbound make(std::string external_id) const {
        return support::make_inbound(account, channel.id, std::move(external_id));
    }

    std::vector<Inbound> make_many(int count) const {
        std::vector<Inbound> messages;
        for (int i = 0; i < count; ++i) {
            messages.push_back(make("ext-" + std::to_string(i)));
        }
        return messages;
    }

    std::string ask(const std::string& sql) {
        pqxx::connection connection(desk.database.url("lupaus_owner"));
        pqxx::nontransaction work(connection);
        const auto rows = work.exec(sql);
        return rows.empty() || rows.columns() == 0 || rows[0][0].is_null() ? std::string()
                                                                           : rows[0][0].as<std::string>();
    }

    std::vector<Rejection> rejections() {
        return desk.database.as_app(
            account, [&](Tx& tx) { return list_rejections(tx, account, channel.id, std::nullopt, 100); });
    }

    // The value of a line of /metrics.
    double metric(const std::string& name) const {
        const auto text = desk.metrics.render();
        const auto at = text.find("\n" + name + " ");
        return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
    }

    support::TestDesk desk;
    AccountId account = support::make_account(desk.database);
    support::MadeChannel channel = support::make_channel(desk.database, account);
    Intake intake{desk.context, desk.io.get_executor()};
    std::size_t under_way = 0;
    Doorbell answered{desk.io.get_executor()};
};

}  // namespace lupaus::desk::inbound
