#include "services/email/mailroom.hpp"

#include "common/async/offload.hpp"
#include "common/telemetry/log.hpp"
#include "services/desk/arrival/mapping.hpp"
#include "services/desk/delivery/announce.hpp"
#include "services/desk/letter/bounce.hpp"

namespace lupaus::email {

namespace asio = boost::asio;
using desk::arrival::Mapped;
using desk::inbound::Receipt;

namespace {

constexpr std::size_t kPoolThreads = 2;

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
    const auto read = [this, &arrival, &door] {
        const desk::arrival::Place place{.account = door->account,
                                         .channel = arrival.channel,
                                         .email = *door->email,
                                         .live_since = door->live_since,
                                         .box = context_.box};
        auto mapped = desk::arrival::map_mail(arrival.bytes, arrival.received_at, place);
        desk::inbound::store_attachments(context_.blobs, mapped.parsed);
        mapped.parsed.files.clear();
        return mapped;
    };
    auto mapped = co_await offload(pool_.get_executor(), read);
    if (mapped.report) {
        co_await heed(door->account, *mapped.report);
    }
    auto& message = mapped.parsed.message;
    const auto unreadable = message.unreadable;
    const auto external_id = message.external_id;
    message.raw = std::move(arrival.bytes);
    auto receipt = co_await intake_.accept(std::move(message));
    if (receipt && !receipt->duplicate) {
        day.keep();
        if (!unreadable.empty()) {
            unreadable_.add();
            log::warn("a mail cannot be read, it waits in quarantine", {{"account", door->account},
                                                                        {"channel", arrival.channel},
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
