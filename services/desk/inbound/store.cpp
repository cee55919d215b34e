#include "services/desk/inbound/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/inbound/codec.hpp"
#include "services/desk/inbound/queries.sql.hpp"
#include "services/desk/inbound/rejection_store.hpp"

#include <unordered_map>
#include <unordered_set>

namespace lupaus::desk::inbound {

namespace {

constexpr std::string_view kConflictDetail =
    "The id was used before on this channel by a message that said something else.";

constexpr std::size_t kSessionBytesMax = 8 * 1024 * 1024;  // of a statement, for a session that goes on

struct Offer {
    Uuid key;
    Uuid meaning;
};

std::vector<Offer> make_offers(std::span<const Inbound> batch) {
    std::vector<Offer> offers;
    offers.reserve(batch.size());
    for (const auto& message : batch) {
        offers.push_back({.key = key_of(message.external_id), .meaning = meaning_of(message)});
    }
    return offers;
}

// The bytes of one message stand where they are, as a large one comes alone; those of several are gathered.
std::string_view raw_of(std::span<const Inbound> batch, std::string& gathered) {
    if (batch.size() == 1) {
        return batch.front().raw;
    }
    for (const auto& message : batch) {
        gathered += message.raw;
    }
    return gathered;
}

// The messages that got their keys, all of them on the common path.
pqxx::result offer(Tx& tx, std::span<const Inbound> batch, std::span<const Offer> offers) {
    UuidColumn account, channel, key, meaning, id;
    TextColumn payload;
    ArrayText raw_start, raw_size, backlog;
    std::size_t start = 1;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& message = batch[i];
        account.add(message.account);
        channel.add(message.channel);
        key.add(offers[i].key);
        meaning.add(offers[i].meaning);
        id.add(message.id);
        payload.add(encode(message));
        raw_start.add(start);
        raw_size.add(message.raw.size());
        start += message.raw.size();
        backlog.add(message.backlog);
    }
    std::string gathered;
    const auto raw = raw_of(batch, gathered);
    if (raw.size() > kSessionBytesMax) {
        tx.retire_session();
    }
    return tx.exec(sql::accept, pqxx::params{account.param(), channel.param(), key.param(), meaning.param(), id.param(),
                                             payload.param(), raw_start.str(), raw_size.str(), pqxx::binary_cast(raw),
                                             backlog.str()});
}

Rejection make_conflict(const Inbound& message) {
    return {.account = message.account,
            .channel = message.channel,
            .reason = RejectionReason::conflict,
            .external_id = message.external_id,
            .detail = std::string(kConflictDetail),
            .body = message.raw};
}

void count_duplicates(Tx& tx, std::span<const Inbound> batch, std::span<const Offer> offers,
                      const std::vector<std::size_t>& repeated) {
    if (repeated.empty()) {
        return;
    }
    UuidColumn account, channel, key;
    for (const auto i : repeated) {
        account.add(batch[i].account);
        channel.add(batch[i].channel);
        key.add(offers[i].key);
    }
    tx.exec(sql::count_duplicates, pqxx::params{account.param(), channel.param(), key.param()});
}

// Those that lost: to an earlier message, to one of the same batch, or to themselves in an earlier try.
void read_holders(Tx& tx, std::span<const Inbound> batch, std::span<const Offer> offers,
                  const std::vector<std::size_t>& lost, std::vector<Receipt>& receipts) {
    UuidColumn account, channel, key;
    for (const auto i : lost) {
        account.add(batch[i].account);
        channel.add(batch[i].channel);
        key.add(offers[i].key);
    }
    const auto rows = tx.exec(sql::find_keys, pqxx::params{account.param(), channel.param(), key.param()});
    if (static_cast<std::size_t>(rows.size()) != lost.size()) {
        throw pqxx::serialization_failure("a dedupe key was erased meanwhile", std::string(sql::find_keys.name));
    }
    std::vector<std::size_t> repeated;
    std::vector<Rejection> conflicts;
    for (const auto& row : rows) {
        const auto i = lost[row[0].as<std::size_t>() - 1];
        auto& receipt = receipts[i];
        receipt.id = read_id<MessageId>(row[2]);
        receipt.duplicate = receipt.id != batch[i].id;
        receipt.conflict = receipt.duplicate && read_uuid(row[1]) != offers[i].meaning;
        if (receipt.conflict) {
            conflicts.push_back(make_conflict(batch[i]));
        } else if (receipt.duplicate) {
            repeated.push_back(i);
        }
    }
    count_duplicates(tx, batch, offers, repeated);
    reject(tx, conflicts);
}

Quarantined read_quarantined(const pqxx::row& row) {
    return {.account = read_id<AccountId>(row[0]),
            .id = read_id<MessageId>(row[1]),
            .channel = read_id<ChannelId>(row[2]),
            .payload = row[3].as<std::string>(),
            .error = row[4].as<std::string>(),
            .received_at = read_timestamp(row[5]),
            .quarantined_at = read_timestamp(row[6]),
            .asked_at = read_optional_timestamp(row[7])};
}

Lane read_lane(const pqxx::row& row) {
    return {.account = read_id<AccountId>(row[0]),
            .from = row[1].as<std::int64_t>(kNowhere),
            .backlog_from = row[2].as<std::int64_t>(kNowhere),
            .rows = 1};
}

}  // namespace

std::vector<Receipt> accept(Tx& tx, std::span<const Inbound> batch) {
    if (batch.empty()) {
        return {};
    }
    const auto offers = make_offers(batch);
    const auto won = offer(tx, batch, offers);
    std::vector<Receipt> receipts;
    receipts.reserve(batch.size());
    for (const auto& message : batch) {
        receipts.push_back({.id = message.id});
    }
    if (static_cast<std::size_t>(won.size()) == batch.size()) {
        return receipts;
    }
    std::unordered_set<Uuid> stored;
    for (const auto& row : won) {
        stored.insert(read_uuid(row[0]));
    }
    std::vector<std::size_t> lost;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!stored.contains(batch[i].id.value)) {
            lost.push_back(i);
        }
    }
    read_holders(tx, batch, offers, lost, receipts);
    return receipts;
}

AcceptFailure classify_failure(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const pqxx::in_doubt_error&) {
        return AcceptFailure::in_doubt;
    } catch (const pqxx::sql_error& error) {
        // Data, integrity, a program limit, an internal error: what one row can bring upon its whole batch.
        const auto state = error.sqlstate().substr(0, 2);
        if (state == "22" || state == "23" || state == "54" || state == "XX") {
            return AcceptFailure::poison;
        }
        // While an earlier try is still committing, its keys are locked for longer than we wait.
        return error.sqlstate() == "55P03" ? AcceptFailure::in_doubt : AcceptFailure::infrastructure;
    } catch (...) {
        return AcceptFailure::infrastructure;
    }
}

std::optional<Fate> find_receipt(Tx& tx, AccountId account, ChannelId channel, std::string_view external_id) {
    const std::string id(external_id);
    const auto held = tx.exec(sql::find_fate,
                              pqxx::params{to_string(account), to_string(channel), to_string(key_of(external_id)), id});
    if (!held.empty()) {
        const auto& row = held[0];
        Fate fate{.id = read_id<MessageId>(row[0]),
                  .conversation = read_id<ConversationId>(row[1]),
                  .error = read_optional_text(row[2]),
                  .duplicates = row[4].as<std::int64_t>(),
                  .conflicts = row[3].as<std::int64_t>()};
        if (!row[1].is_null()) {
            fate.state = FateState::routed;
        } else if (!row[2].is_null()) {
            fate.state = FateState::quarantined;
        }
        return fate;
    }
    const auto refused = tx.exec(sql::find_refusal, pqxx::params{to_string(account), to_string(channel), id});
    if (refused.empty()) {
        return std::nullopt;
    }
    return Fate{.state = FateState::rejected, .error = read_optional_text(refused[0][0])};
}

void push_commands(Tx& tx, std::span<const Command> commands) {
    if (commands.empty()) {
        return;
    }
    UuidColumn account, id, subject;
    ArrayText kind;
    for (const auto& command : commands) {
        account.add(command.account);
        id.add(MessageId::make());
        kind.add(command.kind);
        command.subject.is_nil() ? subject.add_null() : subject.add(command.subject);
    }
    tx.exec(sql::push_commands, pqxx::params{account.param(), id.param(), kind.str(), subject.param()});
}

void push_command(Tx& tx, AccountId account, Kind kind, Uuid subject) {
    const Command command{.account = account, .kind = kind, .subject = subject};
    push_commands(tx, std::span(&command, 1));
}

Discovery discover(Tx& tx, std::int64_t from, int rows_max) {
    Discovery found;
    for (const auto& row : tx.exec(sql::discover, pqxx::params{from, rows_max})) {
        auto& lane = found.lanes.emplace_back(read_lane(row));
        lane.rows = row[3].as<std::int64_t>();
        found.rows += lane.rows;
        found.highest = std::max(found.highest, row[4].as<std::int64_t>());
    }
    found.is_cut = found.rows >= rows_max;
    return found;
}

Discovery discover_all(Tx& tx, int accounts_max) {
    Discovery found;
    for (const auto& row : tx.exec(sql::discover_all, pqxx::params{accounts_max})) {
        found.lanes.push_back(read_lane(row));
    }
    found.rows = static_cast<std::int64_t>(found.lanes.size());
    found.is_cut = found.rows >= accounts_max;
    return found;
}

void lock_lane(Tx& tx, AccountId account) {
    tx.exec(sql::lock_lane, pqxx::params{to_string(account)});
}

std::vector<AccountId> try_lanes(Tx& tx, std::span<const AccountId> sorted_accounts) {
    std::vector<AccountId> locked;
    if (sorted_accounts.empty()) {
        return locked;
    }
    UuidColumn accounts;
    for (const auto& account : sorted_accounts) {
        accounts.add(account);
    }
    for (const auto& row : tx.exec(sql::try_lanes, pqxx::params{accounts.param()})) {
        locked.push_back(read_id<AccountId>(row[0]));
    }
    return locked;
}

std::vector<Queued> claim(Tx& tx, std::span<const Lane> lanes, int rows_per_lane) {
    std::vector<Queued> claimed;
    if (lanes.empty()) {
        return claimed;
    }
    UuidColumn account;
    ArrayText from, backlog_from;
    for (const auto& lane : lanes) {
        account.add(lane.account);
        from.add(lane.from);
        backlog_from.add(lane.backlog_from);
    }
    const auto rows = tx.exec(sql::claim, pqxx::params{account.param(), from.str(), backlog_from.str(), rows_per_lane});
    claimed.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        claimed.push_back({.account = read_id<AccountId>(row[0]),
                           .seq = row[1].as<std::int64_t>(),
                           .id = read_id<MessageId>(row[2]),
                           .kind = static_cast<Kind>(row[3].as<std::int16_t>()),
                           .channel = read_id<ChannelId>(row[4]),
                           .subject = read_uuid(row[5]),
                           .payload = row[6].as<std::string>(),
                           .received_at = read_timestamp(row[7]),
                           .backlog = row[8].as<bool>()});
    }
    return claimed;
}

void remove(Tx& tx, std::span<const Queued> rows) {
    if (rows.empty()) {
        return;
    }
    UuidColumn account;
    ArrayText backlog, seq;
    for (const auto& row : rows) {
        account.add(row.account);
        backlog.add(row.backlog);
        seq.add(row.seq);
    }
    tx.exec(sql::remove, pqxx::params{account.param(), backlog.str(), seq.str()});
}

void quarantine(Tx& tx, std::span<const Failed> failed) {
    if (failed.empty()) {
        return;
    }
    UuidColumn account;
    TextColumn payload, error;
    ArrayText backlog, seq;
    for (const auto& [row, why] : failed) {
        account.add(row.account);
        backlog.add(row.backlog);
        seq.add(row.seq);
        payload.add(row.kind == Kind::message ? row.payload
                                              : encode_command({.kind = row.kind, .subject = row.subject}));
        error.add(why);
    }
    tx.exec(sql::quarantine, pqxx::params{account.param(), backlog.str(), seq.str(), payload.param(), error.param()});
}

std::vector<Quarantined> list_quarantine(Tx& tx, AccountId account, MessageId after, int limit) {
    std::vector<Quarantined> items;
    for (const auto& row : tx.exec(sql::list_quarantine, pqxx::params{to_string(account), to_string(after), limit})) {
        items.push_back(read_quarantined(row));
    }
    return items;
}

std::optional<Quarantined> lock_quarantined(Tx& tx, AccountId account, MessageId id) {
    const auto rows = tx.exec(sql::lock_quarantined, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_quarantined(rows[0]));
}

void requeue(Tx& tx, const Quarantined& held, std::string payload) {
    CommandText command;
    if (const auto found = decode_command(payload)) {
        command = *found;
        payload.clear();
    }
    const auto subject = command.subject.is_nil() ? std::nullopt : std::optional(to_string(command.subject));
    tx.exec(sql::requeue, pqxx::params{to_string(held.account), to_string(held.id), static_cast<int>(command.kind),
                                       subject, payload});
}

std::optional<std::string> find_raw(Tx& tx, AccountId account, MessageId id) {
    const auto rows = tx.exec(sql::find_raw, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_bytes(rows[0][0]));
}

Depth measure_depth(Tx& tx, std::int64_t from) {
    const auto row = tx.exec(sql::measure_depth, pqxx::params{from, kDepthCountMax}).one_row();
    return {.rows = row[0].as<std::int64_t>(), .age = std::chrono::milliseconds(row[1].as<std::int64_t>())};
}

}  // namespace lupaus::desk::inbound
