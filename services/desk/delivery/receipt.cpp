#include "services/desk/delivery/receipt.hpp"

#include "common/base/limits.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/delivery/ending.hpp"
#include "services/desk/delivery/queries.sql.hpp"
#include "services/desk/event/store.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace lupaus::desk::delivery {

namespace {

constexpr std::array<text::Choice<State>, 4> kStates{
    {{"sent", State::sent}, {"delivered", State::delivered}, {"read", State::read}, {"failed", State::failed}}};
constexpr std::string_view kUnexplained = "The receiver said later that it could not be delivered.";

int distance(State state) {
    switch (state) {
        case State::sent:
            return 1;
        case State::delivered:
            return 2;
        case State::read:
            return 3;
        default:
            return 0;
    }
}

std::optional<Delivery> lock(Tx& tx, const Receipt& receipt) {
    const auto account = to_string(receipt.account);
    const auto channel = to_string(receipt.channel);
    auto rows = tx.exec(sql::lock_by_external_id, pqxx::params{account, channel, receipt.message_id});
    const auto own = rows.empty() ? parse_id<MessageId>(receipt.message_id) : std::nullopt;
    if (own) {
        rows = tx.exec(sql::lock_by_message, pqxx::params{account, channel, to_string(*own)});
    }
    return rows.empty() ? std::nullopt : std::optional(read_delivery(rows.at(0)));
}

}  // namespace

Result<Receipt> parse_receipt(const text::Json& body) {
    text::JsonReader reader(body);
    const text::StringRule id{.max_bytes = limits::kExternalIdBytesMax};
    Receipt receipt;
    reader.string("type");
    reader.string("id", id);
    receipt.message_id = reader.string("message_id", id);
    receipt.state = reader.one_of<State>("state", kStates);
    receipt.detail = reader.optional_string("detail", {.max_bytes = limits::kExternalIdBytesMax});
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return receipt;
}

std::optional<State> advance(State now, State told) {
    if (now == State::undone) {
        return std::nullopt;  // it never left
    }
    const bool goes_on = told == State::failed ? distance(now) < distance(State::delivered) && now != State::failed
                                               : distance(told) > distance(now);
    return goes_on ? std::optional(told) : std::nullopt;
}

Result<Noted> note_receipt(Tx& tx, const Receipt& receipt, const event::Actor& actor, telemetry::Metrics& metrics) {
    auto known = lock(tx, receipt);
    if (!known) {
        return invalid_field("/message_id", "names no reply of this channel");
    }
    const auto state = advance(known->state, receipt.state);
    if (!state) {
        return Noted{.delivery = *std::move(known)};
    }
    const bool has_failed = *state == State::failed;
    const auto reason = has_failed ? std::optional(receipt.detail.value_or(std::string(kUnexplained))) : std::nullopt;
    const auto rows = tx.exec(
        sql::advance, pqxx::params{to_string(known->account), to_string(known->id), static_cast<int>(*state), reason});
    auto delivery = read_delivery(rows.at(0));
    const auto after = has_failed ? finish_refused(tx, delivery) : finish_sent(tx, delivery, metrics);
    event::append(tx, draft_events(tx, delivery, after, actor));
    return Noted{.delivery = std::move(delivery), .is_news = true};
}

}  // namespace lupaus::desk::delivery
