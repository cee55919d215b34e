#include "services/inbox/stream.hpp"

#include "common/async/cancellation.hpp"
#include "common/telemetry/log.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/admission.hpp"
#include "services/inbox/resource.hpp"

#include <utility>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kUnverifiedMax{30};  // the database is away so long: nobody knows who this is any more
constexpr std::chrono::seconds kKeepAlive{15};
constexpr std::size_t kComplaintsMax = 16;
constexpr desk::rate::Rate kUpstream{.per_second = 5, .burst = 20};

}  // namespace

Stream::Stream(StreamHouse& house, StreamOpening opening, std::unique_ptr<StreamWire> wire)
    : house_(house),
      cursor_(opening.cursor),
      wire_(std::move(wire)),
      bell_(house.tasks.executor()),
      standing_(house.watch.watch(opening.token, std::move(opening.principal), bell_)),
      follower_(house.desk, house.feed, standing_->principal->account, bell_),
      renew_every_(desk::agent::stream_interval(lease_terms(house.desk.config))),
      sent_at_(Clock::now()) {
    house_.open.add(1);
}

Stream::~Stream() {
    house_.open.add(-1);
}

asio::awaitable<void> Stream::run(std::shared_ptr<Stream> self) {
    Farewell farewell{.code = net::WebSocket::kTryAgainLater, .reason = {}};
    if (self->house_.tasks.spawn("stream reader", run_reader(self))) {
        try {
            farewell = co_await self->follow();
        } catch (const std::exception& failure) {
            if (is_cancellation(failure)) {
                self->wire_->cut();
                throw;
            }
            log::warn("a live stream ended early",
                      {{"account", self->standing_->principal->account}, {"error", failure.what()}});
            farewell.reason = self->not_available();
        }
    }
    if (farewell.code != 0) {
        co_await self->wire_->close(farewell.code, std::move(farewell.reason));
    }
    self->wire_->cut();  // ends the reader
}

asio::awaitable<Stream::Farewell> Stream::follow() {
    bool goes_on = co_await start_over(cursor_);
    while (goes_on && !is_over_) {
        if (auto farewell = check_standing()) {
            co_return *std::move(farewell);
        }
        if (resume_) {
            goes_on = co_await start_over(std::exchange(resume_, std::nullopt));
        }
        for (auto& complaint : std::exchange(complaints_, {})) {
            goes_on = co_await wire_->complain(std::move(complaint));
        }
        auto frames = co_await follower_.next(renew_every_);
        if (follower_.is_lost()) {
            co_return Farewell{.code = net::WebSocket::kTryAgainLater,
                               .reason = "too slow, resume from " + std::to_string(follower_.cursor())};
        }
        goes_on = co_await pass_on(std::move(frames));
    }
    co_return Farewell{};
}

asio::awaitable<bool> Stream::start_over(std::optional<std::int64_t> cursor) {
    const auto start = co_await follower_.start(cursor);
    std::string greeting = start.is_resync ? "resync" : "hello";
    const bool is_sent = co_await wire_->greet(std::move(greeting), start.cursor);
    co_return is_sent;
}

// Nothing: it may go on.
std::optional<Stream::Farewell> Stream::check_standing() {
    const auto& principal = *standing_->principal;
    if (!standing_->holds || !check_rights(principal, kStreamScope, kStreamLeast)) {
        return Farewell{.code = net::WebSocket::kPolicyViolation, .reason = "the token does not hold any more"};
    }
    if (Clock::now() - standing_->verified_at > kUnverifiedMax) {
        return Farewell{.code = net::WebSocket::kTryAgainLater, .reason = not_available()};
    }
    house_.leases.renew(principal);
    return std::nullopt;
}

std::string Stream::not_available() const {
    return "not available right now, resume from " + std::to_string(follower_.cursor());
}

asio::awaitable<bool> Stream::pass_on(std::vector<FramePtr> frames) {
    const auto now = Clock::now();
    if (frames.empty() && now - sent_at_ < kKeepAlive) {
        co_return true;
    }
    sent_at_ = now;
    bool is_sent = false;
    if (frames.empty()) {
        is_sent = co_await wire_->keep_alive();
    } else {
        is_sent = co_await wire_->send(std::move(frames));
    }
    co_return is_sent;
}

asio::awaitable<void> Stream::run_reader(std::shared_ptr<Stream> self) {
    for (;;) {
        auto text = co_await self->wire_->read();
        if (!text) {
            break;
        }
        if (self->upstream_.take(Uuid{}, kUpstream, desk::rate::RateLimit::Clock::now())) {
            self->complain("Too many frames; this one was ignored.");
            continue;
        }
        co_await self->hear(*std::move(text));
    }
    self->is_over_ = true;
    self->bell_.ring();
}

asio::awaitable<void> Stream::hear(std::string text) {
    auto request = parse_stream_request(text);
    if (!request) {
        complain(request.error().detail);
        co_return;
    }
    if (const auto* resume = std::get_if<Resume>(&*request)) {
        resume_ = resume->cursor;
        bell_.ring();
    } else if (const auto* activity = std::get_if<Activity>(&*request)) {
        const auto who = standing_->principal;
        auto frame = make_frame(std::string(activity->type), write_activity(*activity, who->agent, who->agent_name));
        house_.relay.say(who->account, frame, follower_.reader());
    } else {
        co_await put_presence(std::get<PutPresence>(*std::move(request)).body);
    }
}

// The same operation as PUT /v1/agents/me/presence.
asio::awaitable<void> Stream::put_presence(text::Json body) {
    const auto principal = standing_->principal;
    const net::Request request{};
    const Call call{.desk = house_.desk, .principal = *principal, .request = request, .body = body};
    const auto work = [&call](Tx& tx) { return handle_put_own_presence(tx, call); };
    try {
        const auto answer = co_await house_.desk.app.run(Scope::account(principal->account.value), work);
        if (!answer) {
            complain(answer.error().detail);
        }
    } catch (const std::exception& failure) {
        if (is_cancellation(failure)) {
            throw;
        }
        complain("The desk is busy; say it again.");
    }
}

void Stream::complain(std::string detail) {
    if (complaints_.size() < kComplaintsMax) {
        complaints_.push_back(std::move(detail));
        bell_.ring();
    }
}

}  // namespace lupaus::inbox
