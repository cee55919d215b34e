// Invented customers and agents at a real desk, through the public API alone. Customers write at a rate, each message to a
// new or a known conversation; the desk's agents come online, take what they are given, think, and answer. The same seed
// makes the same customers. Ends after a time or at SIGTERM or SIGINT, then reads the event log and says what was lost.
#pragma once

#include "common/async/doorbell.hpp"
#include "services/lupaus/simulate/api.hpp"
#include "services/lupaus/simulate/tally.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace lupaus::simulate {

struct Options {
    std::string url;
    std::string admin_token;
    std::string webhook_url;
    std::string secret;  // its bytes
    double per_second = 2;
    std::chrono::milliseconds think{1500};   // mean of an agent's time to an answer
    std::chrono::seconds length{0};          // 0: until a signal
    std::uint64_t seed = 1;
};

class Simulation {
public:
    explicit Simulation(Options options);
    Result<std::string> run();  // the summary

private:
    struct Worker {
        std::string agent_id;
        std::string token_id;
        std::string token;
    };

    boost::asio::awaitable<void> play();
    boost::asio::awaitable<void> hire();
    boost::asio::awaitable<void> dismiss();
    boost::asio::awaitable<void> run_customers();
    boost::asio::awaitable<void> write_once(int number);
    boost::asio::awaitable<void> run_agent(Worker worker);
    boost::asio::awaitable<void> answer(Api& api, const nlohmann::json& conversation);
    boost::asio::awaitable<void> run_progress();
    boost::asio::awaitable<void> wait_for_end();
    boost::asio::awaitable<void> read_log();

    Options options_;
    boost::asio::io_context io_{1};
    Doorbell over_{io_.get_executor()};
    bool is_over_ = false;
    net::HttpClient client_;
    Api admin_;
    Tally tally_;
    std::mt19937_64 customers_random_;  // their own: when agents answer depends on the desk
    std::mt19937_64 agents_random_;
    std::string run_id_;
    std::vector<Worker> workers_;
    std::int64_t cursor_ = 0;  // of the log when the simulation began
    std::chrono::steady_clock::time_point started_{};
    std::string problem_;
};

}  // namespace lupaus::simulate
