// What the statements of this room share: the column order of every query that returns endpoints, states or deliveries.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/webhook/types.hpp"

#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::webhook {

Webhook read_webhook(const pqxx::row& row);               // 17 columns
Breaker read_breaker(const pqxx::row& row, int first);    // failures, trips, failing_since, open_until
Progress read_progress(const pqxx::row& row, int first);  // cursor, the breaker, error
Delivery read_delivery(const pqxx::row& row);

// Three array parameters that name deliveries.
struct KeyArrays {
    explicit KeyArrays(std::span<const DeliveryKey> keys);

    pqxx::params params() const { return pqxx::params{account.str(), webhook.str(), event.str()}; }

    ArrayText account{};
    ArrayText webhook{};
    ArrayText event{};
};

template <class Id>
std::vector<Id> read_ids(const pqxx::field& field) {
    std::vector<Id> ids;
    for (const auto& text : read_text_array(field)) {
        ids.push_back(parse_id<Id>(text).value());
    }
    return ids;
}

}  // namespace lupaus::desk::webhook
