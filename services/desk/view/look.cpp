#include "services/desk/view/look.hpp"

#include "common/postgres/values.hpp"
#include "services/desk/view/queries.sql.hpp"

namespace lupaus::desk::view {

namespace {

using conversation::Place;
using conversation::Sort;

// $1 account, $2 and $3 the place, $4 limit, $5 path, $6 its variables, $7 whether it asks of contacts, $8 the bound.
pqxx::params params_of(const Look& look) {
    const auto* beginning = look.sort == Sort::newest ? "infinity" : "-infinity";
    const auto place = look.after.value_or(Place{});
    return pqxx::params{to_string(look.account),  look.after ? sql_timestamp(place.at) : std::string(beginning),
                        to_string(place.id),      look.limit,
                        look.filter.path,         look.filter.variables,
                        look.filter.asks_contact, kLookedMax};
}

std::string state_codes(const filter::States& states) {
    ArrayText codes;
    for (std::size_t code = 0; code < states.size(); ++code) {
        if (states[code]) {
            codes.add(code);
        }
    }
    return codes.str();
}

pqxx::result ask(Tx& tx, const Look& look) {
    auto params = params_of(look);
    switch (look.sort) {
        case Sort::due:
            return tx.exec(sql::look_due, params);
        case Sort::waiting:
            return tx.exec(sql::look_waiting, params);
        case Sort::newest:
            break;
    }
    params.append(state_codes(look.filter.states));
    return tx.exec(sql::look_newest, params);
}

}  // namespace

Seen look(Tx& tx, const Look& look) {
    Seen seen;
    for (const auto& row : ask(tx, look)) {
        const Place place{.at = read_timestamp(row[1]), .id = read_id<ConversationId>(row[0])};
        if (row[2].as<bool>()) {
            seen.found.push_back(place);
        }
        if (row[3].as<bool>()) {
            seen.stopped = place;
        }
    }
    return seen;
}

}  // namespace lupaus::desk::view
