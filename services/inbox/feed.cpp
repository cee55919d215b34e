#include "services/inbox/feed.hpp"

#include "services/desk/context/loop.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPoll{500};
constexpr std::chrono::milliseconds kGather{5};  // what happens within it is read at once

// Half a backlog: a reader that keeps up has written one portion when the next one comes. Of the bytes, each account
// gets its share of that, so that those who are read together do not fill the memory together.
constexpr int kEventsPerRead = static_cast<int>(limits::kStreamQueueMax / 2);
constexpr auto kBytesPerRead = static_cast<std::int64_t>(limits::kStreamQueueBytesMax / 2);

// Row-level security compares every row with the list of accounts, so the list is kept short.
constexpr std::size_t kAccountsPerRead = 50;

}  // namespace

Feed::Feed(desk::Context& desk, asio::any_io_executor executor)
    : desk_(desk),
      bell_(std::make_shared<Doorbell>(executor)),
      events_(desk.metrics.counter("lupaus_stream_events_total", "Events read from the log for live streams.")),
      lost_(desk.metrics.counter("lupaus_stream_cut_total", "Streams cut because their reader did not keep up.")) {}

void Feed::start(TaskGroup& tasks) {
    bell_ = desk_.wakeups.subscribe(desk::Topic::event);
    tasks.spawn_endless("feed",
                        desk::run_loop(desk_.metrics, {.name = "feed", .turn = [this] { return take_turn(); }}));
}

std::shared_ptr<Reader> Feed::join(desk::AccountId account, std::int64_t cursor, bool is_current, Doorbell bell) {
    auto known = hubs_.find(account);
    if (known == hubs_.end()) {
        if (!is_current) {
            return nullptr;
        }
        known = hubs_.emplace(account, Hub{.position = cursor, .readers = {}}).first;
    }
    auto& hub = known->second;
    if (hub.position > cursor) {
        return nullptr;
    }
    auto reader = std::make_shared<Reader>(Reader{.bell = std::move(bell), .cursor = cursor});
    hub.readers.push_back(reader);
    bell_->ring();  // something may have happened since the caller looked
    return reader;
}

void Feed::broadcast(desk::AccountId account, const FramePtr& frame, const Reader* origin) {
    const auto known = hubs_.find(account);
    if (known == hubs_.end()) {
        return;
    }
    for (const auto& weak : known->second.readers) {
        const auto reader = weak.lock();
        if (reader && reader.get() != origin) {
            reader->backlog.push(frame);
            reader->bell.ring();
        }
    }
}

asio::awaitable<void> Feed::take_turn() {
    co_await bell_->wait_for(kPoll);
    co_await pause(kGather);
    bool has_more = true;
    while (has_more) {
        has_more = co_await read_once();
    }
}

asio::awaitable<bool> Feed::read_once() {
    const auto all = positions();
    bool has_more = false;
    for (std::size_t at = 0; at < all.size(); at += kAccountsPerRead) {
        const auto some = std::span(all).subspan(at, std::min(kAccountsPerRead, all.size() - at));
        std::vector<Uuid> accounts;
        for (const auto& position : some) {
            accounts.push_back(position.account.value);
        }
        const desk::event::PageLimit limit{.events = kEventsPerRead,
                                           .bytes = kBytesPerRead / static_cast<std::int64_t>(some.size())};
        const auto read = [some, limit](Tx& tx) { return desk::event::read_after(tx, some, limit); };
        const auto page = co_await desk_.worker.run(Scope::accounts(accounts), read);
        deliver(page.events);
        has_more = page.has_more || has_more;
    }
    co_return has_more;
}

// The accounts that anybody still follows.
std::vector<desk::event::Position> Feed::positions() {
    std::vector<desk::event::Position> list;
    for (auto& [account, hub] : hubs_) {
        std::erase_if(hub.readers, [](const auto& reader) { return reader.expired(); });
        if (!hub.readers.empty()) {
            list.push_back({.account = account, .after = hub.position});
        }
    }
    std::erase_if(hubs_, [](const auto& entry) { return entry.second.readers.empty(); });
    return list;
}

void Feed::deliver(const std::vector<desk::event::Event>& events) {
    for (const auto& event : events) {
        const auto known = hubs_.find(event.account);
        if (known == hubs_.end() || known->second.position >= event.seq) {
            continue;  // everybody left meanwhile, or came back with a later cursor
        }
        auto& hub = known->second;
        hub.position = event.seq;
        events_.add();
        const auto frame = make_event_frame(event.seq, event.type, event.json);
        for (const auto& weak : hub.readers) {
            const auto reader = weak.lock();
            if (!reader || reader->cursor >= event.seq) {
                continue;
            }
            const bool was_lost = reader->backlog.is_lost();
            reader->backlog.push(frame);
            reader->bell.ring();
            lost_.add(!was_lost && reader->backlog.is_lost() ? 1 : 0);
        }
    }
}

}  // namespace lupaus::inbox
