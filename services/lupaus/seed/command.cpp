#include "services/lupaus/seed/command.hpp"

#include "services/lupaus/cli/owner.hpp"
#include "services/lupaus/seed/store.hpp"

namespace lupaus::seed {

namespace {

using cli::Invocation;

constexpr std::int64_t kConversationsMin = 1'000;
constexpr std::int64_t kConversationsMax = 10'000'000;
constexpr std::int64_t kMessagesEachMin = 2;
constexpr std::int64_t kMessagesEachMax = 100;
constexpr std::int64_t kSeedMax = 1'000'000'000;
constexpr std::chrono::hours kStatementWait{1};
constexpr std::chrono::days kHistory{730};

Result<History> read_history(cli::Arguments& arguments) {
    History history;
    history.size.conversations =
        arguments.optional_integer("conversations", kConversationsMin, kConversationsMax).value_or(10'000);
    const auto [least, most] =
        std::pair(kMessagesEachMin * history.size.conversations, kMessagesEachMax * history.size.conversations);
    history.size.messages =
        arguments.optional_integer("messages", least, most).value_or(5 * history.size.conversations);
    history.seed = static_cast<std::uint64_t>(arguments.optional_integer("seed", 1, kSeedMax).value_or(1));
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    return history;
}

std::string describe(const Settings& settings) {
    std::string answer;
    text::JsonWriter json(answer);
    json.begin_object().field("account", settings.account).field("admin_token", settings.admin_token);
    json.field("agent_id", settings.agent).field("agent_token", settings.agent_token).key("teams").begin_array();
    for (const auto& team : settings.teams) {
        json.value(team);
    }
    json.end_array().key("channels").begin_array();
    for (const auto& door : settings.channels) {
        json.begin_object().field("id", door.id).field("name", door.name).field("secret", door.secret);
        json.field("path", "/hooks/webhook/" + to_string(door.id)).end_object();
    }
    json.end_array().end_object();
    return answer;
}

Result<std::string> run_seed(const Invocation& call) {
    auto history = read_history(call.arguments);
    if (!history) {
        return history.error();
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
    options.name = "seed";
    options.threads = 1;
    options.statement_timeout = kStatementWait;
    Database database(std::move(options));
    const auto work = [&](Tx& tx) -> Result<Settings> {
        if (!take_empty_database(tx)) {
            return Error{.code = Errc::conflict,
                         .detail =
                             "This database has an account already. Only an empty one is filled: make another, then "
                             "lupaus migrate."};
        }
        history->now = begin_time(tx);
        auto settings = make_settings(tx, **box, history->now - kHistory);
        if (settings) {
            fill(tx, *settings, *history);
        }
        return settings;
    };
    const auto settings = database.run_blocking(Scope::queues(), work);
    return settings ? Result<std::string>(describe(*settings)) : Result<std::string>(settings.error());
}

}  // namespace

cli::Command command() {
    return {.path = "bench seed",
            .help = "Fill an empty database, which nobody serves, with an invented desk and two years of its history",
            .options = {{"conversations", "N", "How many (10,000)"},
                        {"messages", "N", "Of all of them together (five times as many)"},
                        {"seed", "N", "Of the random choices (1)"}},
            .run = run_seed};
}

}  // namespace lupaus::seed
