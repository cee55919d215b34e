#include "services/desk/delivery/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/autoreply/rules.hpp"
#include "services/desk/delivery/ending.hpp"
#include "services/desk/delivery/queries.sql.hpp"
#include "services/desk/event/store.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <stdexcept>
#include <utility>

namespace lupaus::desk::delivery {

namespace {

using Ways = std::map<std::pair<AccountId, ChannelId>, Way>;

struct Due {
    std::vector<Delivery> deliveries;
    bool is_cut = false;
};

std::string full_channels(const ClaimOptions& options) {
    ArrayText full;
    for (const auto& channel : options.in_flight) {
        if (channel.count >= options.per_channel) {
            full.add(channel.channel);
        }
    }
    return full.str();
}

Due lock_due(Tx& tx, const ClaimOptions& options) {
    ArrayText channel, under_way;
    for (const auto& busy : options.in_flight) {
        channel.add(busy.channel);
        under_way.add(busy.count);
    }
    const auto rows = tx.exec(sql::lock_due, pqxx::params{options.limit, full_channels(options), channel.str(),
                                                          under_way.str(), options.per_channel});
    Due due;
    for (const auto& row : rows) {
        due.deliveries.push_back(read_delivery(row));
        due.is_cut = row[15].as<std::int64_t>() >= options.limit;
    }
    return due;
}

void narrow_to_accounts(Tx& tx, std::span<const Delivery> deliveries) {
    std::vector<Uuid> accounts;
    for (const auto& delivery : deliveries) {
        if (accounts.empty() || accounts.back() != delivery.account.value) {
            accounts.push_back(delivery.account.value);
        }
    }
    tx.narrow(Scope::accounts(accounts));
}

Ways load_ways(Tx& tx, std::span<const Delivery> deliveries) {
    ArrayText account, channel;
    for (const auto& delivery : deliveries) {
        account.add(delivery.account);
        channel.add(delivery.channel);
    }
    Ways ways;
    for (const auto& row : tx.exec(sql::load_ways, pqxx::params{account.str(), channel.str()})) {
        auto& way = ways[{read_id<AccountId>(row[0]), read_id<ChannelId>(row[1])}];
        way.kind = static_cast<channel::Kind>(row[2].as<std::int16_t>());
        way.url = read_optional_text(row[3]).value_or("");
        way.sealed_secret = read_bytes(row[4]);
        way.is_disabled = row[5].as<bool>();
        if (!row[6].is_null()) {
            way.smtp = channel::MailServer{.host = row[6].as<std::string>(),
                                           .port = row[7].as<int>(),
                                           .security = static_cast<channel::Security>(row[8].as<std::int16_t>()),
                                           .user = read_optional_text(row[9]).value_or(""),
                                           .has_password = !row[10].is_null()};
            way.sealed_password = read_bytes(row[10]);
            if (!row[11].is_null() && !row[14].is_null()) {
                way.oauth = channel::SealedGrant{.token_url = row[11].as<std::string>(),
                                                 .client_id = read_optional_text(row[12]).value_or(""),
                                                 .sealed_client_secret = read_bytes(row[13]),
                                                 .sealed_refresh_token = read_bytes(row[14])};
            }
        }
    }
    return ways;
}

std::vector<Job> begin_attempts(Tx& tx, std::vector<Job> jobs, std::chrono::milliseconds lease) {
    ArrayText account, id;
    for (const auto& job : jobs) {
        account.add(job.delivery.account);
        id.add(job.delivery.id);
    }
    std::map<DeliveryId, Job*> by_id;
    for (auto& job : jobs) {
        by_id.emplace(job.delivery.id, &job);
    }
    for (const auto& row : tx.exec(sql::begin_attempts, pqxx::params{account.str(), id.str(), lease.count()})) {
        auto& job = *by_id.at(read_id<DeliveryId>(row[1]));
        job.delivery.state = State::sending;
        job.delivery.attempt = row[2].as<int>();
        job.delivery.leased_until = read_timestamp(row[3]);
        job.delivery.due_at = job.delivery.leased_until;
        job.begun_at = read_timestamp(row[4]);
    }
    return jobs;
}

// Empty: the attempt is not the newest any more.
std::optional<Delivery> record(Tx& tx, const Conclusion& end) {
    const auto wait = end.step.wait ? std::optional(end.step.wait->count()) : std::nullopt;
    const auto error = end.step.error.empty() ? std::nullopt : std::optional(end.step.error);
    const auto rows = tx.exec(sql::conclude,
                              pqxx::params{to_string(end.account), to_string(end.delivery), end.attempt,
                                           static_cast<int>(end.step.state), wait, error, end.external_id, end.status});
    if (rows.empty()) {
        return std::nullopt;
    }
    return read_delivery(rows.at(0));
}

std::vector<event::Draft> give_up(Tx& tx, const Delivery& delivery) {
    const auto after = delivery.state == State::failed ? finish_refused(tx, delivery) : Consequences{};
    return draft_events(tx, delivery, after, event::Actor::system());
}

// The channel lost its outbound_url: waiting for the integrator is not `undelivered`.
std::vector<event::Draft> put_into_outbox(Tx& tx, const Delivery& delivery) {
    const auto rows = tx.exec(sql::put_into_outbox, pqxx::params{to_string(delivery.account), to_string(delivery.id)});
    auto ended = alert::resolve_subject(tx, delivery.account, alert::Kind::undelivered, delivery.id.value);
    return draft_events(tx, read_delivery(rows.at(0)),
                        {.opened = {}, .moved = {}, .settled = {}, .resolved = std::move(ended)},
                        event::Actor::system());
}

Conclusion closing(const Delivery& delivery, State state, std::string error) {
    return {.account = delivery.account,
            .delivery = delivery.id,
            .attempt = delivery.attempt,
            .step = {.state = state, .wait = {}, .error = std::move(error)},
            .status = {},
            .external_id = {}};
}

bool is_mail(const Job& job) {
    return job.way.kind == channel::Kind::email;
}

bool is_pushed(const Way& way) {
    return way.kind == channel::Kind::email ? way.smtp.has_value() : !way.url.empty();
}

// Automatic mails that go beyond what a machine may write, and why (RFC 3834).
std::map<DeliveryId, std::string> load_surplus(Tx& tx, std::span<const Job> jobs) {
    std::map<DeliveryId, std::string> surplus;
    const auto is_automatic = [](const Job& job) { return is_mail(job) && job.delivery.author.is_nil(); };
    if (std::ranges::none_of(jobs, is_automatic)) {
        return surplus;
    }
    ArrayText account, id;
    for (const auto& job : jobs | std::views::filter(is_automatic)) {
        account.add(job.delivery.account);
        id.add(job.delivery.id);
    }
    const pqxx::params values{account.str(), id.str(), autoreply::kPerConversationMax, autoreply::kPerAddressAndDayMax};
    for (const auto& row : tx.exec(sql::count_automatic, values)) {
        const auto cap =
            autoreply::broken_cap({.to_address_today = row[3].as<int>(), .in_conversation = row[2].as<int>()});
        if (!cap.empty()) {
            surplus.emplace(read_id<DeliveryId>(row[1]), autoreply::explain(cap));
        }
    }
    return surplus;
}

// Why nothing can be sent on this way; empty: it can.
std::string obstacle(const Way& way) {
    if (way.is_disabled) {
        return "The channel is disabled.";
    }
    if (way.kind == channel::Kind::email) {
        return "";
    }
    return way.sealed_secret.empty() ? "The channel has no outbound secret to sign with." : "";
}

}  // namespace

std::string find_address(Tx& tx, AccountId account, ChannelId channel, ContactId contact) {
    const auto rows =
        tx.exec(sql::find_address, pqxx::params{to_string(account), to_string(channel), to_string(contact)});
    return rows.empty() ? std::string() : rows.at(0, 0).as<std::string>();
}

Delivery enqueue(Tx& tx, const NewDelivery& reply) {
    const std::chrono::seconds patience = kUndeliveredAfter;
    const auto rows = tx.exec(
        sql::enqueue, pqxx::params{to_string(reply.account), to_string(DeliveryId::make()), to_string(reply.channel),
                                   to_string(reply.conversation), to_string(reply.message), sql_id(reply.author),
                                   reply.body, patience.count(), reply.undo_s, sql_id(reply.team)});
    if (rows.empty()) {
        throw std::logic_error("a reply on a channel that does not exist");
    }
    return read_delivery(rows.at(0));
}

void enqueue_automatic(Tx& tx, std::span<const NewDelivery> mails) {
    if (mails.empty()) {
        return;
    }
    UuidColumn account, id, channel, conversation, message;
    TextColumn body;
    for (const auto& mail : mails) {
        account.add(mail.account);
        id.add(DeliveryId::make());
        channel.add(mail.channel);
        conversation.add(mail.conversation);
        message.add(mail.message);
        body.add(mail.body);
    }
    const std::chrono::seconds patience = kUndeliveredAfter;
    tx.exec(sql::enqueue_automatic, pqxx::params{account.param(), id.param(), channel.param(), conversation.param(),
                                                 message.param(), body.param(), patience.count()});
}

Claim claim(Tx& tx, const ClaimOptions& options) {
    Claim claim;
    std::vector<event::Draft> drafts;
    const auto tell = [&drafts](std::vector<event::Draft> news) {
        std::ranges::move(news, std::back_inserter(drafts));
    };
    const auto conclude_now = [&](const Delivery& delivery, State state, std::string reason) {
        if (const auto ended = record(tx, closing(delivery, state, std::move(reason)))) {
            tell(give_up(tx, *ended));
        }
        claim.concluded.push_back(state);
    };
    auto due = lock_due(tx, options);
    claim.is_cut = due.is_cut;
    if (!due.deliveries.empty()) {
        narrow_to_accounts(tx, due.deliveries);
        auto ways = load_ways(tx, due.deliveries);
        for (auto& delivery : due.deliveries) {
            const auto& way = ways[{delivery.account, delivery.channel}];
            const bool is_repetition = delivery.state == State::uncertain;
            if (delivery.state == State::sending && !deduplicates(way.kind)) {
                conclude_now(delivery, State::uncertain, "The courier ended before it could record a result.");
            } else if (!is_pushed(way)) {
                tell(put_into_outbox(tx, delivery));
            } else {
                claim.jobs.push_back({.delivery = std::move(delivery), .way = way, .is_repetition = is_repetition});
            }
        }
        claim.jobs = begin_attempts(tx, std::move(claim.jobs), options.lease);
        auto surplus = load_surplus(tx, claim.jobs);
        std::erase_if(claim.jobs, [&](const Job& job) {
            const auto reason = obstacle(job.way) + surplus[job.delivery.id];
            if (!reason.empty()) {
                conclude_now(job.delivery, State::failed, reason);
            }
            return !reason.empty();
        });
        load_files(tx, claim.jobs);
    }
    if (!claim.is_cut) {
        const auto next = tx.exec(sql::until_next_due, pqxx::params{full_channels(options)}).at(0, 0);
        claim.until_next =
            next.is_null() ? std::nullopt : std::optional(std::chrono::milliseconds{next.as<std::int64_t>()});
    }
    event::append(tx, drafts);
    return claim;
}

void load_files(Tx& tx, std::vector<Job>& jobs) {
    ArrayText account, message;
    std::map<std::pair<AccountId, MessageId>, Job*> by_message;
    for (auto& job : jobs) {
        if (is_mail(job)) {
            account.add(job.delivery.account);
            message.add(job.delivery.message);
            by_message.emplace(std::pair{job.delivery.account, job.delivery.message}, &job);
        }
    }
    if (by_message.empty()) {
        return;
    }
    for (const auto& row : tx.exec(sql::load_files, pqxx::params{account.str(), message.str()})) {
        by_message.at({read_id<AccountId>(row[0]), read_id<MessageId>(row[1])})
            ->files.push_back({.name = row[2].as<std::string>(),
                               .content_type = row[3].as<std::string>(),
                               .sha256 = row[4].as<std::string>(),
                               .content_id = row[5].as<std::string>()});
    }
}

bool conclude(Tx& tx, const Conclusion& conclusion, telemetry::Metrics& metrics) {
    const auto delivery = record(tx, conclusion);
    if (!delivery) {
        return false;
    }
    if (delivery->state == State::sent) {
        const auto after = finish_sent(tx, *delivery, metrics);
        event::append(tx, draft_events(tx, *delivery, after, event::Actor::system()));
    } else if (delivery->state != State::queued) {
        event::append(tx, give_up(tx, *delivery));
    }
    return true;
}

Backlog measure_backlog(Tx& tx) {
    const auto row = tx.exec(sql::measure_backlog, pqxx::params{kBacklogCountMax}).at(0);
    return {.due = row[0].as<std::int64_t>(), .age = std::chrono::seconds{row[1].as<std::int64_t>()}};
}

}  // namespace lupaus::desk::delivery
