#include "services/lupaus/bench/commands.hpp"

#include "services/lupaus/bench/load.hpp"
#include "services/lupaus/cli/owner.hpp"

#include <thread>

namespace lupaus::bench {

namespace {

using cli::Invocation;
using cli::Need;

constexpr std::chrono::minutes kDrainWait{5};
constexpr std::chrono::milliseconds kDrainPoll{10};

struct Plan {
    LoadOptions load;
    int accounts = 20;
    int agents = 5;
};

Result<Plan> read_plan(const Invocation& call) {
    auto& arguments = call.arguments;
    Plan plan;
    const auto number = [&arguments](std::string_view name, int fallback, std::int64_t max) {
        return static_cast<int>(arguments.optional_integer(name, 1, max).value_or(fallback));
    };
    plan.load.address.port = static_cast<std::uint16_t>(number("port", plan.load.address.port, 65'535));
    plan.load.messages = number("messages", plan.load.messages, 10'000'000);
    plan.load.connections = number("connections", plan.load.connections, 10'000);
    plan.load.senders = number("senders", plan.load.messages, 10'000'000);
    plan.load.per_second = number("rate", 0, 1'000'000) * (arguments.has("rate") ? 1 : 0);
    plan.load.follow_feed = arguments.has("feed");
    plan.load.seed = static_cast<std::uint64_t>(number("seed", 1, 1'000'000'000));
    plan.accounts = number("accounts", plan.accounts, 100'000);
    plan.agents = number("agents", plan.agents, 1'000);
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    return plan;
}

bool wait_until_routed(Database& database) {
    const auto deadline = std::chrono::steady_clock::now() + kDrainWait;
    const auto look = [](Tx& tx) { return is_queue_empty(tx); };
    while (!database.run_blocking(Scope::queues(), look)) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(kDrainPoll);
    }
    return true;
}

void append_latency(text::JsonWriter& json, std::string_view name, const std::vector<double>& values) {
    json.key(name).begin_object().field("p50", percentile(values, 0.5)).field("p99", percentile(values, 0.99));
    json.field("max", percentile(values, 1)).end_object();
}

Result<std::string> run_webhooks(const Invocation& call) {
    const auto plan = read_plan(call);
    if (!plan) {
        return plan.error();
    }
    const auto url = cli::owner_url(call);
    if (!url) {
        return url.error();
    }
    const auto box = cli::open_box(call);
    if (!box) {
        return box.error();
    }
    DatabaseOptions options;
    options.url = *url;
    options.name = "bench";
    options.threads = 1;
    Database database(std::move(options));
    const auto make = [&](Tx& tx) { return make_world(tx, **box, plan->accounts, plan->agents); };
    const auto doors = database.run_blocking(Scope::queues(), make);
    if (!doors) {
        return doors.error();
    }
    const auto load = run_load(*doors, plan->load);
    if (!wait_until_routed(database)) {
        return Error{.code = Errc::timeout, .detail = "The queue was not empty after five minutes."};
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - load.started;
    const auto count = [&doors](Tx& tx) { return count_told(tx, *doors); };
    const auto told = database.run_blocking(Scope::queues(), count);
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("accepted", load.accepted).field("refused", load.refused);
    json.field("lost", load.accepted - (told.events - told.repeated)).field("doubled", told.repeated);
    json.field("unassigned", told.unassigned);
    json.field("accepted_per_s", load.accepted / std::chrono::duration<double>(load.sent - load.started).count());
    json.field("end_to_end_per_s", load.accepted / took.count());
    append_latency(json, "ack_ms", load.ack_ms);
    append_latency(json, "feed_ms", load.feed_ms);
    json.end_object();
    return answer;
}

}  // namespace

std::vector<cli::Command> commands() {
    return {{.path = "bench webhooks",
             .help = "Send signed webhooks to a running desk on this machine and measure acceptance, routing and the feed",
             .options = {{"port", "PORT", "Of the desk"},
                         {"messages", "N", "How many"},
                         {"senders", "N", "Customers they come from; as many as messages without it"},
                         {"accounts", "N", "New accounts they go to (20)"},
                         {"agents", "N", "Agents of each account (5)"},
                         {"connections", "N", "Connections of the sender (64)"},
                         {"rate", "N", "Messages a second, open loop; as fast as answered without it"},
                         {"seed", "N", "Of the random choices (1)"},
                         {"feed", "", "Follow every account's feed over WebSocket and measure it", Need::flag}},
             .run = run_webhooks}};
}

}  // namespace lupaus::bench
