#include "services/email/mailboxes.hpp"

#include "common/async/cancellation.hpp"
#include "common/net/client_stream.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/context/loop.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace lupaus::email {

namespace asio = boost::asio;
using desk::ChannelId;
using mailbox::State;

namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::array kStates{State::connecting, State::fetching, State::waiting, State::failing};

void report(const std::string& task, std::exception_ptr error) {
    log::error("a mailbox' task ended", {{"task", task}, {"error", log::describe(std::move(error))}});
}

// Another port or another way of securing the connection leads to the same mails.
std::string source_of(const MailboxSettings& found) {
    return found.settings.server.host + "\n" + found.user + "\n" + found.settings.folder;
}

}  // namespace

struct Mailboxes::Reader {
    Reader(Mailboxes& all, MailboxSettings found)
        : version(found.mailbox.version),
          store(all.core_, {.key = found.mailbox.key, .owner = all.owner_, .source = source_of(found)}, all.executor_),
          loop(all.network_, std::move(found.settings), store, all.core_.context.metrics),
          tasks(all.executor_, report, all.core_.context.task_lost) {
        tasks.spawn_endless("mailbox", loop.run());
        tasks.spawn_endless("mailbox health", store.run());
    }

    int version;
    KeptMailbox store;
    mailbox::Mailbox loop;
    TaskGroup tasks;
};

Mailboxes::Mailboxes(desk::Context& context, Mailroom& mailroom, const Outside& outside,
                     const asio::any_io_executor& executor)
    : core_(context, mailroom, outside.http),
      hold_(outside.hold),
      executor_(executor),
      guard_(net::networks(context.config.egress.allow)),
      resolver_(net::make_system_resolver(executor)),
      network_{.executor = executor, .guard = guard_, .resolver = *resolver_, .tls = net::make_client_tls("")},
      gauge_(context.metrics.watch_all("lupaus_mailboxes",
                                       "Mailboxes that this process reads over IMAP, by their state.",
                                       [this] { return count_states(); })),
      tasks_(executor, report, context.task_lost) {}

Mailboxes::~Mailboxes() = default;

void Mailboxes::start() {
    desk::Loop loop{.name = "mailboxes", .turn = [this] { return take_turn(); }};
    tasks_.spawn_endless("mailboxes", desk::run_loop(core_.context.metrics, std::move(loop)));
}

void Mailboxes::close() {
    tasks_.stop();
    while (!readers_.empty()) {
        end(readers_.begin());
    }
}

asio::awaitable<void> Mailboxes::stop() {
    close();
    co_await tasks_.join();
    close();  // what the last turn began
    const bool had_some = !ending_.empty();
    for (const auto& reader : ending_) {
        co_await reader->tasks.join();
    }
    ending_.clear();
    if (had_some) {
        co_await release();
    }
}

// Without it they are read by somebody else when their leases are over.
asio::awaitable<void> Mailboxes::release() {
    const auto work = [this](Tx& tx) { return release_mailboxes(tx, owner_); };
    try {
        co_await core_.context.worker.run(Scope::queues(), work);
    } catch (const std::exception& error) {
        if (is_cancellation(error)) {
            throw;
        }
        log::warn("mailboxes could not be given back", {{"error", error.what()}});
    }
}

asio::awaitable<void> Mailboxes::take_turn() {
    auto seen = co_await look();
    std::erase_if(ending_, [](const auto& reader) { return reader->tasks.size() == 0; });
    end_others(seen.owned);
    for (auto& found : seen.unread) {
        if (!is_ending(found.mailbox.key.id)) {
            begin(std::move(found));
        }
    }
    for (const auto& one : seen.owned) {
        if (const auto reader = readers_.find(one.key.id); one.has_wanted && reader != readers_.end()) {
            reader->second->loop.look_for_wanted();
        }
    }
    co_await pause(kLookEvery);
}

asio::awaitable<Mailboxes::Look> Mailboxes::look() {
    std::set<ChannelId> known;
    for (const auto& [channel, reader] : readers_) {
        known.insert(channel);
    }
    const Claim claim{.owner = owner_,
                      .lease = limits::kMailboxLease,
                      .new_max = limits::kMailboxesMax - static_cast<int>(known.size() + ending_.size())};
    const auto work = [this, &known, &claim](Tx& tx) {
        Look found;
        if (hold_.look(tx)) {
            release_mailboxes(tx, owner_);
            hold_mailboxes(tx, hold_.words());
            return found;
        }
        found.owned = claim_mailboxes(tx, claim);
        std::vector<OwnedMailbox> unread;
        std::set<Uuid> accounts;
        for (const auto& one : found.owned) {
            if (!known.contains(one.key.id)) {
                unread.push_back(one);
                accounts.insert(one.key.account.value);
            }
        }
        if (!unread.empty()) {
            tx.narrow(Scope::accounts(std::vector<Uuid>(accounts.begin(), accounts.end())));
            found.unread = load_mailboxes(tx, unread);
        }
        return found;
    };
    co_return co_await core_.context.worker.run(Scope::queues(), work);
}

// Those that are not ours any more, and those whose settings changed: these begin anew with the next look.
void Mailboxes::end_others(const std::vector<OwnedMailbox>& owned) {
    std::map<ChannelId, int> versions;
    for (const auto& one : owned) {
        versions.emplace(one.key.id, one.version);
    }
    for (auto reader = readers_.begin(); reader != readers_.end();) {
        const auto current = reader++;
        const auto version = versions.find(current->first);
        if (version == versions.end() || version->second != current->second->version) {
            end(current);
        }
    }
}

void Mailboxes::end(Readers::iterator reader) {
    reader->second->tasks.stop();
    ending_.push_back(std::move(reader->second));
    readers_.erase(reader);
}

void Mailboxes::begin(MailboxSettings found) {
    const auto channel = found.mailbox.key.id;
    readers_[channel] = std::make_unique<Reader>(*this, std::move(found));
}

bool Mailboxes::is_ending(ChannelId channel) const {
    return std::ranges::any_of(ending_, [channel](const auto& reader) { return reader->store.channel() == channel; });
}

std::vector<telemetry::Sample> Mailboxes::count_states() const {
    std::vector<telemetry::Sample> samples;
    for (const auto state : kStates) {
        const auto count = std::ranges::count_if(
            readers_, [state](const auto& entry) { return entry.second->store.state() == state; });
        samples.push_back({{{"state", std::string(to_string(state))}}, static_cast<double>(count)});
    }
    return samples;
}

}  // namespace lupaus::email
