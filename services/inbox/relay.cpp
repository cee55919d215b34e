#include "services/inbox/relay.hpp"

#include "services/desk/context/loop.hpp"
#include "services/desk/context/stream_notice.hpp"
#include "services/inbox/queries.sql.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kWaitingMax = 256;
constexpr std::chrono::milliseconds kDebounce{20};
constexpr std::size_t kIdSize = 36;

}  // namespace

Relay::Relay(desk::Context& desk, Feed& feed, asio::any_io_executor executor)
    : desk_(desk),
      feed_(feed),
      executor_(std::move(executor)),
      bell_(executor_),
      process_(make_uuid_v7()),
      dropped_(desk.metrics.counter("lupaus_stream_relay_dropped_total",
                                    "Typing and viewing not told to other processes.")) {}

void Relay::start(TaskGroup& tasks) {
    auto turn = [this] { return send(); };
    tasks.spawn_endless("stream relay",
                        desk::run_loop(desk_.metrics, {.name = "stream relay", .turn = std::move(turn)}));
}

void Relay::say(desk::AccountId account, const FramePtr& frame, const Reader* origin) {
    feed_.broadcast(account, frame, origin);
    if (waiting_.size() >= kWaitingMax) {
        dropped_.add();
        return;
    }
    waiting_.push_back(desk::stream_notice(process_, account, frame->type, frame->text));
    bell_.ring();
}

void Relay::hear(std::string payload) {
    asio::post(executor_, [this, text = std::move(payload)] { pass_on(text); });
}

void Relay::pass_on(std::string_view payload) {
    const auto process = parse_uuid(payload.substr(0, kIdSize));
    const auto account = payload.size() > 2 * kIdSize + 2
                             ? parse_id<desk::AccountId>(payload.substr(kIdSize + 1, kIdSize))
                             : std::nullopt;
    if (!process || !account || *process == process_) {
        return;
    }
    const auto rest = payload.substr(2 * kIdSize + 2);
    const auto space = rest.find(' ');
    if (space != std::string_view::npos) {
        feed_.broadcast(*account, make_frame(std::string(rest.substr(0, space)), std::string(rest.substr(space + 1))));
    }
}

asio::awaitable<void> Relay::send() {
    co_await bell_.wait();
    ArrayText payloads;
    for (const auto& payload : std::exchange(waiting_, {})) {
        payloads.add(payload);
    }
    const auto notify = [&payloads](Tx& tx) {
        tx.exec(sql::notify_streams, pqxx::params{payloads.str()});
        return payloads.size();
    };
    try {
        co_await desk_.worker.run(Scope::queues(), notify);
    } catch (...) {
        dropped_.add(static_cast<double>(payloads.size()));
        throw;
    }
    co_await pause(kDebounce);
}

}  // namespace lupaus::inbox
