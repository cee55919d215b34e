#include "tests/integration/courier/courier_fixture.hpp"

#include "common/telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace lupaus::courier {

namespace asio = boost::asio;
namespace delivery = desk::delivery;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds kPatience{15};
constexpr Query kEnded{"test_ended",
                       "SELECT count(*) FROM delivery_attempt WHERE delivery_id = $1 AND ended_at IS NOT NULL"};

net::UrlGuard loopback_allowed() {
    return net::UrlGuard({net::parse_cidr("127.0.0.1/32").value()});
}

}  // namespace

CourierTest::CourierTest()
    : client(desk.io.get_executor(), loopback_allowed()), mail_client(desk.io.get_executor(), loopback_allowed()) {
    auto& options = desk.config.courier;
    options.workers = 16;
    options.attempt_wait = 5s;
    options.lease = 1min;
    options.retry_max = 24h;
    options.give_up_after = 72h;
}

CourierTest::~CourierTest() {
    kill();
    client.close_idle();
    bool is_stopped = false;
    asio::co_spawn(desk.io, receiver.stop(), [&is_stopped](std::exception_ptr) { is_stopped = true; });
    EXPECT_TRUE(run_until([&] { return is_stopped; }));
    EXPECT_TRUE(failures.empty()) << failures.front();
    work.reset();
    desk.io.run();
}

bool CourierTest::run_until(const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        desk.io.run_one_for(20ms);
    }
    return true;
}

bool CourierTest::run_until_state(const delivery::Reply& reply, delivery::State state) {
    return run_until([&] { return outbox.read(reply).state == state; });
}

bool CourierTest::run_until_attempts(const delivery::Reply& reply, int count) {
    return run_until([&] { return outbox.ask_about(kEnded, reply.delivery.id.value) == std::to_string(count); });
}

void CourierTest::start(std::chrono::milliseconds retry_first) {
    desk.config.courier.retry_first = retry_first;
    tasks =
        std::make_unique<TaskGroup>(desk.io.get_executor(), [this](const std::string& name, std::exception_ptr error) {
            failures.push_back(name + ": " + log::describe(error));
        });
    courier = std::make_unique<Courier>(desk.context, Courier::Ways{client, mail_client}, hold, *tasks);
    courier->start();
}

void CourierTest::kill() {
    if (!tasks) {
        return;
    }
    bool is_told = false;
    asio::post(desk.io, [this, &is_told] {
        tasks->stop();
        is_told = true;
    });
    EXPECT_TRUE(run_until([&] { return is_told && tasks->size() == 0; }));
    EXPECT_EQ(courier->in_flight(), 0U);
    courier.reset();
    tasks.reset();
}

}  // namespace lupaus::courier
