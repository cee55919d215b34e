#include "services/router/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/router/queries.sql.hpp"

#include <algorithm>
#include <set>

namespace lupaus::router {

namespace {

using desk::conversation::Key;
using desk::inbound::Kind;

AgentFacts read_agent(const pqxx::row& row) {
    AgentFacts agent;
    agent.account = read_id<AccountId>(row[0]);
    agent.id = read_id<AgentId>(row[1]);
    agent.capacity = row[6].as<int>();
    agent.load = row[7].as<int>();
    agent.assigned_at = read_optional_timestamp(row[8]);
    agent.resolved_at = read_optional_timestamp(row[9]);
    agent.skills = read_text_array(row[10]);
    for (const auto& team : read_text_array(row[11])) {
        agent.teams.push_back(parse_id<TeamId>(team).value());
    }
    agent.role = static_cast<desk::agent::Role>(row[12].as<std::int16_t>());
    return agent;
}

using Skill = std::optional<std::string>;  // that a channel asks for; empty: none

// Waiting work that the same agents can take: of one team (nil: of none) and of the channels with one skill.
struct Group {
    AccountId account;
    TeamId team;
    Skill skill;

    auto operator<=>(const Group&) const = default;
};

using Rooms = std::map<Group, int>;

std::map<AccountId, std::set<Skill>> skills_of(const Snapshot& snapshot) {
    std::map<AccountId, std::set<Skill>> skills;
    for (const auto& [id, channel] : snapshot.channels) {
        skills[channel.account].insert(channel.skill);
    }
    return skills;
}

Rooms rooms_of(const Snapshot& snapshot) {
    auto skills = skills_of(snapshot);
    Rooms rooms;
    for (const auto& agent : snapshot.agents) {
        const int room = room_of(agent);
        for (const auto& skill : room > 0 ? skills[agent.account] : std::set<Skill>()) {
            if (skill && std::ranges::count(agent.skills, *skill) == 0) {
                continue;
            }
            rooms[{agent.account, TeamId{}, skill}] += room;
            for (const auto& team : agent.teams) {
                const auto known = snapshot.teams.find(team);
                if (known != snapshot.teams.end() && known->second.automatic) {
                    rooms[{agent.account, team, skill}] += room;
                }
            }
        }
    }
    return rooms;
}

std::vector<Group> uncovered_groups(const Snapshot& snapshot, std::span<const Place> places) {
    auto skills = skills_of(snapshot);
    std::vector<Group> groups;
    for (const auto& place : places) {
        for (const auto& skill : skills[place.account]) {
            const auto is_covered = [&](const AgentFacts& agent) {
                return is_able(agent, place.account, place.team, skill);
            };
            if (std::ranges::none_of(snapshot.agents, is_covered)) {
                groups.push_back({place.account, place.team, skill});
            }
        }
    }
    return groups;
}

// Empty: every channel of the account is of this group.
std::optional<std::string> channels_of(const Group& group, const Snapshot& snapshot) {
    ArrayText text;
    bool is_all = true;
    for (const auto& [id, channel] : snapshot.channels) {
        if (channel.account == group.account && channel.skill == group.skill) {
            text.add(id);
        } else if (channel.account == group.account) {
            is_all = false;
        }
    }
    return is_all ? std::nullopt : std::optional(text.str());
}

struct WaitingColumns {
    std::vector<Place> places{};
    std::vector<int> limits{};
    UuidColumn account{}, team{};
    ArrayText room{}, channels{};

    void add(const Group& group, int limit, const Snapshot& snapshot) {
        places.push_back({group.account, group.team});
        limits.push_back(limit);
        account.add(group.account);
        team.add(group.team);
        room.add(limit);
        channels.add(channels_of(group, snapshot));
    }
};

void take_waiting(const pqxx::result& rows, const WaitingColumns& asked, Waiting& waiting) {
    std::vector<int> counts(asked.limits.size(), 0);
    for (const auto& row : rows) {
        const auto place = row[0].as<std::size_t>() - 1;
        waiting.keys.push_back(Key{.account = read_id<AccountId>(row[1]), .id = read_id<ConversationId>(row[2])});
        if (++counts[place] == asked.limits[place]) {
            waiting.cut.insert(asked.places[place].account);
        }
    }
}

void take_uncovered(const pqxx::result& rows, const WaitingColumns& asked, Uncovered& found) {
    std::vector<int> counts(asked.limits.size(), 0);
    for (const auto& row : rows) {
        const auto nth = row[0].as<std::size_t>() - 1;
        const auto& place = asked.places[nth];
        found.waiting.emplace_back(place,
                                   Key{.account = read_id<AccountId>(row[1]), .id = read_id<ConversationId>(row[2])});
        if (++counts[nth] == asked.limits[nth]) {
            found.cut.insert(place);
        }
    }
}

}  // namespace

void load_channels(Tx& tx, std::span<const Uuid> accounts, Snapshot& snapshot) {
    for (const auto& row : tx.exec(sql::load_channels, pqxx::params{array_text(accounts)})) {
        auto& channel = snapshot.channels[read_id<ChannelId>(row[1])];
        channel = ChannelFacts{.account = read_id<AccountId>(row[0]),
                               .team = read_id<TeamId>(row[2]),
                               .skill = read_optional_text(row[3]),
                               .weight = row[4].as<int>(),
                               .live_since = read_timestamp(row[5]),
                               .reopen_window = {},
                               .reopen_to = static_cast<desk::channel::ReopenTo>(row[8].as<std::int16_t>()),
                               .bot = read_id<desk::TokenId>(row[6])};
        if (!row[7].is_null()) {
            channel.reopen_window = std::chrono::seconds{row[7].as<std::int64_t>()};
        }
    }
}

void load_contacts(Tx& tx, const std::vector<Item>& batch, Snapshot& snapshot) {
    std::set<std::tuple<AccountId, ChannelId, std::string_view>> wanted;
    for (const auto& item : batch) {
        if (item.row.kind == Kind::message) {
            wanted.emplace(item.row.account, item.row.channel, item.message.sender_id);
        }
    }
    if (wanted.empty()) {
        return;
    }
    UuidColumn account, channel;
    TextColumn address;
    for (const auto& [account_id, channel_id, sender] : wanted) {
        account.add(account_id);
        channel.add(channel_id);
        address.add(sender);
    }
    for (const auto& row :
         tx.exec(sql::load_contacts, pqxx::params{account.param(), channel.param(), address.param()})) {
        snapshot.contacts.emplace(
            Address{read_id<ChannelId>(row[0]), row[1].as<std::string>()},
            ContactFacts{
                .id = read_id<ContactId>(row[2]), .name = row[3].as<std::string>(), .blocked = row[4].as<bool>()});
    }
}

void load_teams(Tx& tx, std::span<const Uuid> accounts, Snapshot& snapshot) {
    for (const auto& row : tx.exec(sql::load_teams, pqxx::params{array_text(accounts)})) {
        snapshot.teams[read_id<TeamId>(row[1])] =
            TeamFacts{.automatic = row[2].as<int>() == 0, .wrap_up = std::chrono::seconds{row[3].as<int>()}};
    }
}

void load_agents(Tx& tx, std::span<const Uuid> accounts, const desk::agent::LeaseTerms& terms, Snapshot& snapshot) {
    for (const auto& row : tx.exec(sql::load_agents, pqxx::params{array_text(accounts)})) {
        const desk::agent::Lease lease{.chosen = static_cast<desk::agent::Presence>(row[2].as<std::int16_t>()),
                                       .until = read_optional_timestamp(row[3]),
                                       .seen_at = read_timestamp(row[4])};
        auto agent = read_agent(row);
        agent.presence = desk::agent::effective(lease, snapshot.now, terms);
        if (agent.presence != desk::agent::Presence::offline) {
            snapshot.agents.push_back(std::move(agent));
        }
    }
}

int room_of(const AgentFacts& agent) {
    return agent.presence == desk::agent::Presence::online ? std::max(0, agent.capacity - agent.load) : 0;
}

Waiting find_waiting(Tx& tx, const Snapshot& snapshot, int limit) {
    WaitingColumns of_team, of_none;
    for (const auto& [group, room] : rooms_of(snapshot)) {
        (group.team.is_nil() ? of_none : of_team).add(group, std::min(room, limit), snapshot);
    }
    Waiting waiting;
    if (!of_none.places.empty()) {
        take_waiting(tx.exec(sql::waiting_without_team,
                             pqxx::params{of_none.account.param(), of_none.room.str(), of_none.channels.str()}),
                     of_none, waiting);
    }
    if (!of_team.places.empty()) {
        take_waiting(tx.exec(sql::waiting_in_teams, pqxx::params{of_team.account.param(), of_team.team.param(),
                                                                 of_team.room.str(), of_team.channels.str()}),
                     of_team, waiting);
    }
    return waiting;
}

Uncovered find_uncovered(Tx& tx, const Snapshot& snapshot, std::span<const Place> places, int limit) {
    WaitingColumns of_team, of_none;
    for (const auto& group : uncovered_groups(snapshot, places)) {
        (group.team.is_nil() ? of_none : of_team).add(group, limit, snapshot);
    }
    Uncovered found;
    if (!of_none.places.empty()) {
        take_uncovered(tx.exec(sql::uncovered_without_team,
                               pqxx::params{of_none.account.param(), of_none.room.str(), of_none.channels.str()}),
                       of_none, found);
    }
    if (!of_team.places.empty()) {
        take_uncovered(tx.exec(sql::uncovered_in_teams, pqxx::params{of_team.account.param(), of_team.team.param(),
                                                                     of_team.room.str(), of_team.channels.str()}),
                       of_team, found);
    }
    return found;
}

std::vector<Releasable> find_releasable(Tx& tx, const std::vector<Item>& batch, int limit) {
    UuidColumn account, agent;
    for (const auto& item : batch) {
        if (item.row.kind == Kind::release) {
            account.add(item.row.account);
            agent.add(item.row.subject);
        }
    }
    std::vector<Releasable> found;
    if (account.empty()) {
        return found;
    }
    for (const auto& row : tx.exec(sql::releasable, pqxx::params{account.param(), agent.param(), limit})) {
        found.push_back(
            Releasable{.key = {.account = read_id<AccountId>(row[0]), .id = read_id<ConversationId>(row[1])},
                       .agent = read_id<AgentId>(row[2])});
    }
    return found;
}

std::vector<HeldByBot> find_held_by_bots(Tx& tx, const std::vector<Item>& batch, int limit) {
    UuidColumn account, token;
    for (const auto& item : batch) {
        if (item.row.kind == Kind::bot_gone) {
            account.add(item.row.account);
            token.add(item.row.subject);
        }
    }
    std::vector<HeldByBot> found;
    if (account.empty()) {
        return found;
    }
    for (const auto& row : tx.exec(sql::held_by_bots, pqxx::params{account.param(), token.param(), limit})) {
        found.push_back(HeldByBot{.key = {.account = read_id<AccountId>(row[0]), .id = read_id<ConversationId>(row[1])},
                                  .bot = read_id<desk::TokenId>(row[2])});
    }
    return found;
}

void insert_contacts(Tx& tx, std::span<const NewContact> contacts) {
    if (contacts.empty()) {
        return;
    }
    UuidColumn account, id, channel;
    TextColumn name, email, address;
    TimeColumn created;
    for (const auto& contact : contacts) {
        account.add(contact.account);
        id.add(contact.id);
        name.add(contact.name);
        email.add(contact.email);
        created.add(contact.created_at);
        channel.add(contact.channel);
        address.add(contact.address);
    }
    tx.exec(sql::insert_contacts,
            pqxx::params{account.param(), id.param(), name.param(), email.param(), created.param()});
    tx.exec(sql::insert_addresses, pqxx::params{account.param(), channel.param(), address.param(), id.param()});
}

void set_timers(Tx& tx, std::span<const desk::timer::Timer> timers) {
    if (timers.empty()) {
        return;
    }
    UuidColumn account, id;
    TimeColumn due;
    ArrayText kind;
    for (const auto& timer : timers) {
        account.add(timer.key.account);
        kind.add(timer.key.kind);
        id.add(timer.key.subject);
        due.add(timer.due_at);
    }
    tx.exec(sql::insert_timers, pqxx::params{account.param(), kind.str(), id.param(), due.param()});
}

std::vector<DeliveryRow> load_deliveries(Tx& tx, const std::vector<desk::timer::Timer>& timers) {
    UuidColumn account, id;
    for (const auto& timer : timers) {
        if (timer.key.kind == desk::timer::Kind::undelivered) {
            account.add(timer.key.account);
            id.add(timer.key.subject);
        }
    }
    std::vector<DeliveryRow> found;
    if (account.empty()) {
        return found;
    }
    std::set<Uuid> locked;
    for (const auto& row : tx.exec(sql::lock_free_deliveries, pqxx::params{account.param(), id.param()})) {
        locked.insert(read_uuid(row[1]));
    }
    std::map<Uuid, int> levels;
    for (const auto& row : tx.exec(sql::next_undelivered_level, pqxx::params{account.param(), id.param()})) {
        levels[read_uuid(row[1])] = row[2].as<int>();
    }
    for (const auto& row : tx.exec(sql::delivery_facts, pqxx::params{account.param(), id.param()})) {
        found.push_back(DeliveryRow{.account = read_id<AccountId>(row[0]),
                                    .id = read_id<desk::DeliveryId>(row[1]),
                                    .state = static_cast<desk::message::DeliveryState>(row[2].as<std::int16_t>()),
                                    .conversation = read_id<ConversationId>(row[3]),
                                    .author = read_id<AgentId>(row[4]),
                                    .waits_in_outbox = row[5].as<bool>(),
                                    .is_closed = row[6].as<bool>(),
                                    .is_busy = !locked.contains(read_uuid(row[1])),
                                    .next_level = levels[read_uuid(row[1])]});
    }
    return found;
}

Waits measure_waits(Tx& tx) {
    const auto row = tx.exec(sql::measure_waits).at(0);
    Waits waits{.waiting = row[0].as<std::int64_t>(), .overdue = row[2].as<std::int64_t>(), .oldest = {}};
    if (const auto oldest = read_optional_timestamp(row[1])) {
        waits.oldest = std::chrono::duration_cast<std::chrono::milliseconds>(read_timestamp(row[3]) - *oldest);
    }
    return waits;
}

std::vector<AlertCount> measure_alerts(Tx& tx) {
    std::vector<AlertCount> counts;
    for (const auto& row : tx.exec(sql::measure_alerts)) {
        counts.push_back(AlertCount{.kind = static_cast<desk::alert::Kind>(row[0].as<std::int16_t>()),
                                    .state = static_cast<desk::alert::State>(row[1].as<std::int16_t>()),
                                    .count = row[2].as<std::int64_t>()});
    }
    return counts;
}

}  // namespace lupaus::router
