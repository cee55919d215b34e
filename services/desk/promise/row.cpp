#include "services/desk/promise/row.hpp"

namespace lupaus::desk::promise {

namespace {

template <class Code>
Code read_code(const pqxx::field& field) {
    return static_cast<Code>(field.as<std::int16_t>());
}

std::optional<std::chrono::milliseconds> read_optional_ms(const pqxx::field& field) {
    return field.is_null() ? std::nullopt : std::optional(std::chrono::milliseconds{field.as<std::int64_t>()});
}

}  // namespace

Promise read_promise(const pqxx::row& row) {
    Promise promise;
    promise.account = read_id<AccountId>(row[0]);
    promise.id = read_id<PromiseId>(row[1]);
    promise.conversation = read_id<ConversationId>(row[2]);
    promise.kind = read_code<Kind>(row[3]);
    promise.source = read_code<Source>(row[4]);
    promise.policy = read_id<PolicyId>(row[5]);
    promise.channel = read_id<ChannelId>(row[6]);
    promise.team = read_id<TeamId>(row[7]);
    promise.waiting_since = read_timestamp(row[8]);
    promise.opened_at = read_timestamp(row[9]);
    promise.due_at = read_optional_timestamp(row[10]);
    promise.warn_at = read_optional_timestamp(row[11]);
    promise.leads_at = read_optional_timestamp(row[12]);
    promise.account_at = read_optional_timestamp(row[13]);
    promise.next_alert_at = read_optional_timestamp(row[14]);
    promise.level = row[15].as<int>();
    promise.held_until = read_optional_timestamp(row[16]);
    promise.settled_at = read_optional_timestamp(row[17]);
    promise.outcome = row[18].is_null() ? std::nullopt : std::optional(read_code<Outcome>(row[18]));
    promise.hours = read_id<HoursId>(row[19]);
    promise.elapsed = read_optional_ms(row[20]);
    promise.business = read_optional_ms(row[21]);
    promise.contact = read_id<ContactId>(row[22]);
    promise.agent = read_id<AgentId>(row[23]);
    promise.text = row[24].is_null() ? std::string() : row[24].as<std::string>();
    return promise;
}

Promise read_whole(const pqxx::row& row) {
    auto promise = read_promise(row);
    promise.message = read_id<MessageId>(row[25]);
    promise.first_due_at = read_optional_timestamp(row[26]);
    promise.settled_agent = read_id<AgentId>(row[27]);
    promise.settled_team = read_id<TeamId>(row[28]);
    promise.settled_message = read_id<MessageId>(row[29]);
    promise.delivered_at = read_optional_timestamp(row[30]);
    promise.succeeded_by = read_id<PromiseId>(row[31]);
    promise.told_before_due = row[32].is_null() ? std::nullopt : std::optional(row[32].as<bool>());
    promise.owing_team = read_id<TeamId>(row[33]);
    return promise;
}

std::vector<Promise> read_promises(const pqxx::result& rows) {
    std::vector<Promise> promises;
    promises.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        promises.push_back(read_promise(row));
    }
    return promises;
}

}  // namespace lupaus::desk::promise
