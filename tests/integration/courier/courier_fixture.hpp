// A desk with a courier and a receiver on one io_context, which runs only while a test waits for something.
#pragma once

#include "services/courier/courier.hpp"
#include "tests/integration/courier/receiver.hpp"
#include "tests/store/delivery/outbox_fixture.hpp"
#include "tests/support/test_desk.hpp"

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>

#include <functional>
#include <memory>
#include <string>

namespace lupaus::courier {

class CourierTest : public testing::Test {
protected:
    CourierTest();
    ~CourierTest() override;

    // Runs the courier's thread until it is so; false after a quarter of a minute.
    bool run_until(const std::function<bool()>& is_so);
    bool run_until_state(const desk::delivery::Reply& reply, desk::delivery::State state);
    bool run_until_attempts(const desk::delivery::Reply& reply, int count);  // that have ended

    void start(std::chrono::milliseconds retry_first = std::chrono::milliseconds{10});
    void kill();  // the courier vanishes with whatever it was doing

    desk::delivery::Reply add_reply(const std::string& url, desk::channel::Kind kind = desk::channel::Kind::webhook) {
        return outbox.add_reply(outbox.add_channel(url, kind));
    }

    support::TestDesk desk;
    desk::delivery::OutboxFixture outbox{desk.database};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{desk.io.get_executor()};
    Receiver receiver{desk.io.get_executor()};
    net::HttpClient client;
    smtp::Client mail_client;
    desk::outbound::Hold hold{false};
    std::unique_ptr<TaskGroup> tasks;
    std::unique_ptr<Courier> courier;
    std::vector<std::string> failures;  // tasks that ended with an exception
};

}  // namespace lupaus::courier
