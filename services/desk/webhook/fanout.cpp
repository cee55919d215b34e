// In one transaction: lock the endpoints that are behind; read the heads of what comes next, once for each cursor, not
// for each endpoint; let the pure plan say who is told of what; render and keep the bytes of what is told for the first
// time; insert the deliveries; move the cursors. Where nothing matches only the cursors move.
#include "services/desk/webhook/fanout.hpp"

#include "common/base/limits.hpp"
#include "services/desk/webhook/queries.sql.hpp"
#include "services/desk/webhook/rows.hpp"
#include "services/desk/webhook/rules.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace lupaus::desk::webhook {

namespace {

std::vector<Uuid> find_behind(Tx& tx) {
    std::vector<Uuid> accounts;
    for (const auto& row : tx.exec(sql::find_behind, pqxx::params{limits::kFanoutAccountsMax})) {
        accounts.push_back(read_uuid(row[0]));
    }
    return accounts;
}

// Locked; with cursors and breakers, not yet with what they want.
std::map<WebhookId, std::pair<Follower, Breaker>> lock_behind(Tx& tx, std::span<const Uuid> accounts) {
    ArrayText wanted;
    for (const auto& account : accounts) {
        wanted.add(account);
    }
    std::map<WebhookId, std::pair<Follower, Breaker>> locked;
    for (const auto& row : tx.exec(sql::lock_behind, pqxx::params{wanted.str()})) {
        Follower follower;
        follower.account = read_id<AccountId>(row[0]);
        follower.webhook = read_id<WebhookId>(row[1]);
        follower.cursor = row[2].as<std::int64_t>();
        locked.emplace(follower.webhook, std::pair{follower, read_breaker(row, 3)});
    }
    return locked;
}

std::vector<Follower> load_followers(Tx& tx, std::span<const Uuid> accounts) {
    auto locked = lock_behind(tx, accounts);
    ArrayText account, webhook;
    for (const auto& [id, found] : locked) {
        account.add(found.first.account);
        webhook.add(id);
    }
    std::vector<Follower> followers;
    if (locked.empty()) {
        return followers;
    }
    for (const auto& row :
         tx.exec(sql::load_followers, pqxx::params{account.str(), webhook.str(), limits::kWebhookWindowMax})) {
        const auto& [known, breaker] = locked.at(read_id<WebhookId>(row[1]));
        auto& follower = followers.emplace_back(known);
        follower.filter.types = read_text_array(row[2]);
        follower.filter.teams = read_ids<TeamId>(row[3]);
        follower.filter.channels = read_ids<ChannelId>(row[4]);
        follower.filter.token = read_id<TokenId>(row[5]);
        follower.filter.exclude_own = row[6].as<bool>();
        follower.ordered = row[7].as<bool>();
        follower.room = room_of(breaker, row[8].as<int>(), limits::kWebhookWindowMax);
    }
    return followers;
}

std::vector<Stretch> read_stretches(Tx& tx, std::span<const Follower> followers) {
    std::set<std::pair<AccountId, std::int64_t>> places;
    for (const auto& follower : followers) {
        places.emplace(follower.account, follower.cursor);
    }
    std::vector<event::Position> positions;
    for (const auto& [account, cursor] : places) {
        positions.push_back({.account = account, .after = cursor});
    }
    auto heads = event::heads_after(tx, positions, limits::kFanoutEventsMax);
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < positions.size(); ++i) {
        stretches.push_back(
            {.account = positions[i].account, .after = positions[i].after, .heads = std::move(heads[i])});
    }
    return stretches;
}

void insert_deliveries(Tx& tx, const Plan& plan, std::span<const Follower> followers,
                       std::span<const Stretch> stretches) {
    ArrayText account, webhook, event, seq, type, conversation, occurred;
    for (const auto& pick : plan.picks) {
        const auto& follower = followers[pick.follower];
        const auto& head = stretches[pick.stretch].heads[pick.head];
        account.add(follower.account);
        webhook.add(follower.webhook);
        event.add(head.id);
        seq.add(head.seq);
        type.add(head.type);
        conversation.add(follower.ordered ? head.conversation : ConversationId{});
        occurred.add(head.occurred_at);
    }
    tx.exec(sql::insert_deliveries, pqxx::params{account.str(), webhook.str(), event.str(), seq.str(), type.str(),
                                                 conversation.str(), occurred.str()});
}

void advance(Tx& tx, const Plan& plan, std::span<const Follower> followers) {
    ArrayText account, webhook, cursor;
    for (std::size_t i = 0; i < followers.size(); ++i) {
        if (plan.cursors[i] != followers[i].cursor) {
            account.add(followers[i].account);
            webhook.add(followers[i].webhook);
            cursor.add(plan.cursors[i]);
        }
    }
    if (!account.empty()) {
        tx.exec(sql::advance, pqxx::params{account.str(), webhook.str(), cursor.str()});
    }
}

// Somebody read all of a full stretch: there may be more behind it.
bool has_more(const Plan& plan, std::span<const Stretch> stretches) {
    return std::ranges::any_of(stretches, [&plan](const Stretch& stretch) {
        return stretch.heads.size() == limits::kFanoutEventsMax &&
               std::ranges::find(plan.cursors, stretch.heads.back().seq) != plan.cursors.end();
    });
}

}  // namespace

void keep_bodies(Tx& tx, std::span<const event::Place> places) {
    ArrayText account, seq;
    for (const auto& place : places) {
        account.add(place.account);
        seq.add(place.seq);
    }
    std::vector<event::Place> missing;
    for (const auto& row : tx.exec(sql::missing_bodies, pqxx::params{account.str(), seq.str()})) {
        missing.push_back({.account = read_id<AccountId>(row[0]), .seq = row[1].as<std::int64_t>()});
    }
    while (!missing.empty()) {
        const auto events = event::read(tx, missing);
        if (events.empty()) {
            return;  // what is missing is not kept
        }
        ArrayText made_account, made_seq, body;
        for (const auto& event : events) {
            made_account.add(event.account);
            made_seq.add(event.seq);
            body.add(event.json);
        }
        tx.exec(sql::insert_bodies, pqxx::params{made_account.str(), made_seq.str(), body.str()});
        const event::Place last{.account = events.back().account, .seq = events.back().seq};
        std::erase_if(missing, [&last](const event::Place& place) { return place <= last; });
    }
}

FannedOut fan_out(Tx& tx, double chance) {
    const auto accounts = find_behind(tx);
    if (accounts.empty()) {
        return {};
    }
    tx.narrow(Scope::accounts(accounts));
    const auto followers = load_followers(tx, accounts);
    if (followers.empty()) {
        return {};
    }
    const auto stretches = read_stretches(tx, followers);
    const PlanLimits limits{.deliveries = limits::kFanoutDeliveriesMax,
                            .events = static_cast<std::size_t>(limits::kFanoutEventsMax)};
    const auto first = static_cast<std::size_t>(chance * static_cast<double>(followers.size()));
    const auto made = plan(followers, stretches, limits, first);
    std::set<event::Place> places;
    for (const auto& pick : made.picks) {
        const auto& stretch = stretches[pick.stretch];
        places.insert({.account = stretch.account, .seq = stretch.heads[pick.head].seq});
    }
    if (!places.empty()) {
        keep_bodies(tx, std::vector(places.begin(), places.end()));
        insert_deliveries(tx, made, followers, stretches);
    }
    advance(tx, made, followers);
    return {.deliveries = made.picks.size(),
            .is_cut = made.is_cut || has_more(made, stretches) || accounts.size() == limits::kFanoutAccountsMax,
            .is_short_of_room = made.is_short_of_room};
}

}  // namespace lupaus::desk::webhook
