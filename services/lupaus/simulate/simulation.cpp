#include "services/lupaus/simulate/simulation.hpp"

#include "common/async/doorbell.hpp"
#include "common/async/task_group.hpp"
#include "common/telemetry/log.hpp"
#include "common/text/json.hpp"
#include "common/text/json_writer.hpp"
#include "services/lupaus/cli/webhook_call.hpp"
#include "services/lupaus/simulate/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <iostream>

namespace lupaus::simulate {

namespace asio = boost::asio;
using nlohmann::json;

namespace {

constexpr std::chrono::milliseconds kLookInterval{250};
constexpr std::chrono::seconds kProgressInterval{1};
constexpr std::chrono::seconds kSettleWait{20};  // for what was accepted last to be routed
constexpr std::size_t kPageBytesMax = 32 * 1024 * 1024;  // of the event log
constexpr std::int64_t kBeyondTheEnd = 1'000'000'000'000'000;
constexpr double kNewCustomerShare = 0.4;

constexpr std::array<std::string_view, 6> kQuestions{
    "Hei! Is my order on its way?",         "The parcel arrived damaged. What now?", "Can I change the delivery address?",
    "When do you open tomorrow?",           "I was promised a call on Friday.",       "Thank you, and one more question..."};
constexpr std::array<std::string_view, 4> kAnswers{"Let me look into that for you.", "It leaves our depot today.",
                                                   "We have sent you a new one.", "You are welcome!"};

net::HttpClientOptions client_options() {
    net::HttpClientOptions options;
    options.response_bytes_max = kPageBytesMax;
    return options;
}

std::string text_of(const json& object, const char* name) {
    const auto at = object.find(name);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::chrono::milliseconds random_pause(std::mt19937_64& random, std::chrono::duration<double> mean) {
    const double seconds = std::exponential_distribution<double>(1 / mean.count())(random);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

const json* first_waiting(const json& page) {
    for (const auto& conversation : page.at("items")) {
        if (!conversation.at("waiting_since").is_null()) {
            return &conversation;
        }
    }
    return nullptr;
}

}  // namespace

Simulation::Simulation(Options options)
    : options_(std::move(options)),
      client_(io_.get_executor(), cli::open_guard(), client_options()),
      admin_(client_, options_.url, options_.admin_token),
      customers_random_(options_.seed),
      agents_random_(options_.seed),
      run_id_(to_string(make_uuid_v7())) {}

Result<std::string> Simulation::run() {
    std::exception_ptr failure;
    asio::co_spawn(io_, [this] { return play(); }, [&failure](std::exception_ptr error) { failure = error; });
    io_.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    if (!problem_.empty()) {
        return Error{.code = Errc::unavailable, .detail = problem_};
    }
    return tally_.summary(system_now());
}

asio::awaitable<void> Simulation::play() {
    co_await hire();
    if (!problem_.empty()) {
        co_return;
    }
    started_ = std::chrono::steady_clock::now();
    const auto report = [](const std::string& name, std::exception_ptr error) {
        log::error("somebody left the simulation", {{"who", name}, {"error", log::describe(error)}});
    };
    TaskGroup people(io_.get_executor(), report);
    TaskGroup customers(io_.get_executor(), report);
    for (const auto& worker : workers_) {
        people.spawn("agent", run_agent(worker));
    }
    customers.spawn("customers", run_customers());
    people.spawn("progress", run_progress());
    co_await wait_for_end();
    is_over_ = true;  // the last message is answered before anybody counts
    over_.ring();
    co_await customers.join();
    people.stop();
    co_await people.join();
    co_await read_log();
    co_await dismiss();
    client_.close_idle();
    std::cerr << '\n';
}

// Every agent of the desk gets a token for the length of the simulation and comes online.
asio::awaitable<void> Simulation::hire() {
    const auto agents = co_await admin_.get("/v1/agents?limit=100");
    // Asked for more than there is, the log refuses and says where it ends.
    co_await admin_.get("/v1/events?after=" + std::to_string(kBeyondTheEnd));
    cursor_ = admin_.refusal().value("newest_cursor", std::int64_t{0});
    if (!agents) {
        problem_ = "The desk's agents cannot be read: " + admin_.last_problem();
        co_return;
    }
    for (const auto& agent : agents->at("items")) {
        const json wanted{{"agent_id", agent.at("id")}, {"name", "simulation"}};
        const auto made = co_await admin_.call("POST", "/v1/tokens", text::dump(wanted));
        if (!made) {
            problem_ = "No token for an agent: " + admin_.last_problem();
            co_return;
        }
        workers_.push_back({.agent_id = text_of(agent, "id"), .token_id = text_of(*made, "id"), .token = text_of(*made, "token")});
    }
}

asio::awaitable<void> Simulation::dismiss() {
    for (const auto& worker : workers_) {
        co_await admin_.call("DELETE", "/v1/tokens/" + worker.token_id, "");
    }
}

asio::awaitable<void> Simulation::run_customers() {
    const std::chrono::duration<double> mean(1 / options_.per_second);
    for (int number = 0; !is_over_; ++number) {
        co_await write_once(number);
        const auto wait = random_pause(customers_random_, mean);
        co_await over_.wait_for(wait);
    }
}

asio::awaitable<void> Simulation::write_once(int number) {
    const bool is_new = std::bernoulli_distribution(kNewCustomerShare)(customers_random_) || number == 0;
    const int customer = is_new ? number : std::uniform_int_distribution<int>(0, number - 1)(customers_random_);
    const auto question = kQuestions[customers_random_() % kQuestions.size()];
    const auto mark = make_mark(run_id_, number);
    std::string body;
    text::JsonWriter writer(body);
    writer.begin_object().field("id", mark).key("sender").begin_object();
    writer.field("id", run_id_ + "-c" + std::to_string(customer)).field("name", "Customer " + std::to_string(customer));
    writer.end_object().field("text", with_mark(question, mark)).end_object();
    auto request = cli::sign_message(options_.webhook_url, options_.secret, std::move(body));
    const auto result = co_await client_.send(std::move(request));
    if (result.response.status == 202) {
        tally_.accepted(mark);
    } else {
        tally_.refused();
    }
}

asio::awaitable<void> Simulation::run_agent(Worker worker) {
    Api api(client_, options_.url, worker.token);
    co_await api.call("PUT", "/v1/agents/me/presence", R"({"state":"online"})");
    for (;;) {
        const auto mine = co_await api.get("/v1/conversations?view=mine&sort=due&limit=5");
        const auto* next = mine ? first_waiting(*mine) : nullptr;
        if (next != nullptr) {
            co_await answer(api, *next);
        } else {
            co_await pause(kLookInterval);
        }
    }
}

asio::awaitable<void> Simulation::answer(Api& api, const json& conversation) {
    const auto thought = random_pause(agents_random_, options_.think);
    co_await pause(thought);
    const auto path = "/v1/conversations/" + text_of(conversation, "id");
    const json reply{{"text", kAnswers[agents_random_() % kAnswers.size()]}};
    const auto sent = co_await api.call("POST", path + "/messages", text::dump(reply));
    const auto since = parse_rfc3339(text_of(conversation, "waiting_since"));
    if (sent && since) {
        tally_.answered(std::chrono::duration_cast<std::chrono::milliseconds>(system_now() - *since));
    }
    if (sent && std::bernoulli_distribution(0.3)(agents_random_)) {
        const auto resolved = co_await api.call("POST", path + "/resolve", "{}");
        if (!resolved) {
            log::debug("a conversation moved on", {{"problem", api.last_problem()}});
        }
    }
}

asio::awaitable<void> Simulation::run_progress() {
    for (;;) {
        const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
        std::cerr << '\r' << tally_.progress(elapsed) << "   " << std::flush;
        co_await pause(kProgressInterval);
    }
}

asio::awaitable<void> Simulation::wait_for_end() {
    asio::signal_set signals(io_, SIGTERM, SIGINT);
    asio::steady_timer timer(io_);
    const bool endless = options_.length.count() == 0;
    timer.expires_after(endless ? std::chrono::seconds{std::chrono::hours{24 * 365}} : options_.length);
    signals.async_wait([&timer](const boost::system::error_code& error, int) {
        if (!error) {
            timer.cancel();
        }
    });
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    signals.cancel();
}

// Every accepted message must be in the log exactly once; the last ones get a moment to be routed, and as long as there
// is anything to read the reading goes on, since a second copy may come behind the first.
asio::awaitable<void> Simulation::read_log() {
    const auto deadline = std::chrono::steady_clock::now() + kSettleWait;
    for (;;) {
        const auto page = co_await admin_.get("/v1/events?limit=500&after=" + std::to_string(cursor_));
        if (!page) {
            problem_ = "The event log cannot be read: " + admin_.last_problem();
            co_return;
        }
        for (const auto& event : page->at("items")) {
            cursor_ = event.at("cursor").get<std::int64_t>();
            count_event(tally_, event, run_id_);
        }
        if (!page->at("items").empty()) {
            continue;
        }
        if (tally_.lost() == 0 || std::chrono::steady_clock::now() > deadline) {
            co_return;
        }
        co_await pause(kLookInterval);
    }
}

}  // namespace lupaus::simulate
