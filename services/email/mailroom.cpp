#include "services/email/mailroom.hpp"

#include "common/async/offload.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/arrival/storing.hpp"
#include "services/desk/delivery/announce.hpp"
#include "services/desk/inbound/rules.hpp"
#include "services/desk/letter/bounce.hpp"

#include <algorithm>
#include <chrono>

namespace lupaus::email {

namespace asio = boost::asio;
using desk::inbound::Receipt;

namespace {

constexpr std::size_t kPoolThreads = 2;

// Servers tell to the second when they had a mail: one of the second in which the channel began is not older.
Timestamp heard_at(Timestamp received_at, Timestamp live_since) {
    const bool is_of_first_second = received_at >= std::chrono::floor<std::chrono::seconds>(live_since);
    return is_of_first_second ? std::max(received_at, live_since) : received_at;
}

desk::inbound::Inbound unread(const Arrival& arrival, const desk::door::Door& door) {
    desk::inbound::Inbound message;
    message.account = door.account;
    message.channel = arrival.channel;
    message.external_id = arrival.missing->external_id;
    message.occurred_at = arrival.received_at;
    message.backlog = desk::inbound::is_history(arrival.received_at, system_now(), door.live_since);
    message.unreadable = arrival.missing->reason;
    return message;
}

}  // namespace

Mailroom::Mailroom(desk::Context& context, desk::inbound::Intake& intake, desk::door::Doors& doors)
    : context_(context),
      intake_(intake),
      doors_(doors),
      pool_(kPoolThreads),
      unreadable_(context.metrics.counter("lupaus_mail_unreadable_total",
                                          "Mails that nobody could read; they are in quarantine with their bytes.")) {}

void Mailroom::stop() {
    pool_.join();
}

asio::awaitable<Result<Receipt>> Mailroom::take(Arrival arrival) {
    const auto door = co_await doors_.find(arrival.channel);
    if (!door || !door->email) {
        co_return not_found("email channel");
    }
    if (const auto allowed = doors_.allowance().take_message(*door); !allowed) {
        co_return allowed.error();
    }
    desk::door::DayPlace day(doors_.allowance(), *door);
    auto letter = co_await open(door, std::move(arrival));
    co_return co_await store(std::move(letter), day);
}

asio::awaitable<Result<Letter>> Mailroom::read(Arrival arrival) {
    const auto door = co_await doors_.find(arrival.channel);
    if (!door || !door->email) {
        co_return not_found("email channel");
    }
    co_return co_await open(door, std::move(arrival));
}

asio::awaitable<Result<Receipt>> Mailroom::accept(Letter letter) {
    const auto door = letter.door;
    if (const auto allowed = doors_.allowance().take_message(*door); !allowed) {
        co_return allowed.error();
    }
    desk::door::DayPlace day(doors_.allowance(), *door);
    co_return co_await store(std::move(letter), day);
}

asio::awaitable<Letter> Mailroom::open(desk::door::FoundDoor door, Arrival arrival) {
    Letter letter{.door = door, .message = {}, .report = {}};
    arrival.received_at = heard_at(arrival.received_at, door->live_since);
    if (arrival.missing) {
        letter.message = unread(arrival, *door);
        co_return letter;
    }
    const auto read = [this, &arrival, &door] {
        const desk::arrival::Place place{.account = door->account,
                                         .channel = arrival.channel,
                                         .email = *door->email,
                                         .live_since = door->live_since,
                                         .box = context_.box};
        return desk::arrival::map_and_store(arrival.bytes, arrival.received_at, place, context_.blobs);
    };
    auto mapped = co_await offload(pool_.get_executor(), read);
    letter.message = std::move(mapped.parsed.message);
    letter.message.raw = std::move(arrival.bytes);
    letter.report = std::move(mapped.report);
    co_return letter;
}

asio::awaitable<Result<Receipt>> Mailroom::store(Letter letter, desk::door::DayPlace& day) {
    auto& message = letter.message;
    if (letter.report) {
        co_await heed(message.account, *letter.report);
    }
    const auto unreadable = message.unreadable;
    const auto external_id = message.external_id;
    const auto channel = message.channel;
    auto receipt = co_await intake_.accept(std::move(message));
    if (receipt && !receipt->duplicate) {
        day.keep();
        if (!unreadable.empty()) {
            unreadable_.add();
            log::warn("a mail cannot be read, it waits in quarantine", {{"account", letter.door->account},
                                                                        {"channel", channel},
                                                                        {"external_id", external_id},
                                                                        {"reason", unreadable}});
        }
    }
    co_return receipt;
}

// What a delivery report says of a reply of ours. Before the report itself is stored: one that was acknowledged has
// been heeded, and heeding it twice is harmless.
asio::awaitable<void> Mailroom::heed(desk::AccountId account, const mail::Report& report) {
    const auto work = [this, account, &report](Tx& tx) {
        return desk::letter::note_bounce(tx, account, report, context_.metrics);
    };
    const auto scope = Scope::accounts(std::span(&account.value, 1));
    const auto bounced = co_await context_.worker.run(scope, work);
    if (bounced) {
        desk::delivery::announce_end(context_.wakeups, bounced->state);
    }
}

}  // namespace lupaus::email
