#include "services/desk/conversation/list.hpp"

#include "services/desk/conversation/queries.sql.hpp"

namespace lupaus::desk::conversation {

namespace {

const Query& query_of(View view, Sort sort) {
    const auto choose = [sort](const Query& due, const Query& waiting, const Query& newest) -> const Query& {
        switch (sort) {
            case Sort::due:
                return due;
            case Sort::waiting:
                return waiting;
            case Sort::newest:
                break;
        }
        return newest;
    };
    switch (view) {
        case View::mine:
            return choose(sql::list_mine_due, sql::list_mine_waiting, sql::list_mine_newest);
        case View::unassigned:
            return choose(sql::list_team_unassigned_due, sql::list_unassigned_waiting, sql::list_unassigned_newest);
        case View::unanswered:
            return choose(sql::list_unanswered_due, sql::list_waiting, sql::list_waiting_newest);
        case View::overdue:
            return choose(sql::list_overdue_due, sql::list_overdue_waiting, sql::list_overdue_newest);
        case View::spam:
            return sql::list_spam_newest;
        case View::all:
            break;
    }
    return choose(sql::list_due, sql::list_waiting, sql::list_newest);
}

// $1 account, $2 and $3 the place, $4 limit; then, as far as the query has them: $5 team, $6 state, $7 agent.
pqxx::params place_params(const ListPage& page) {
    const auto* beginning = page.sort == Sort::newest ? "infinity" : "-infinity";
    const auto place = page.after.value_or(Place{});
    return pqxx::params{to_string(page.account), page.after ? sql_timestamp(place.at) : std::string(beginning),
                        to_string(place.id), page.limit};
}

std::optional<int> code_of(const std::optional<State>& state) {
    return state ? std::optional(static_cast<int>(*state)) : std::nullopt;
}

std::vector<Conversation> read_page(const pqxx::result& rows) {
    std::vector<Conversation> conversations;
    conversations.reserve(static_cast<std::size_t>(rows.size()));
    for (const auto& row : rows) {
        conversations.push_back(read_conversation(row));
    }
    return conversations;
}

}  // namespace

std::string_view to_string(Sort sort) {
    switch (sort) {
        case Sort::due:
            return "due";
        case Sort::waiting:
            return "waiting";
        case Sort::newest:
            break;
    }
    return "newest";
}

std::vector<Conversation> list(Tx& tx, const ListPage& page) {
    auto params = place_params(page);
    if (page.view == View::unassigned && page.sort == Sort::due && page.team.is_nil()) {
        return read_page(tx.exec(sql::list_unassigned_due, params));
    }
    params.append(sql_id(page.team));
    if (page.view == View::unassigned) {
        return read_page(tx.exec(query_of(page.view, page.sort), params));
    }
    if (page.view == View::all && page.sort == Sort::newest && page.state) {
        params.append(code_of(page.state));
        return read_page(tx.exec(sql::list_state_newest, params));
    }
    if (page.view == View::all && page.sort == Sort::newest) {
        return read_page(tx.exec(sql::list_newest, params));
    }
    params.append(code_of(page.state));
    if (page.view == View::mine) {
        params.append(to_string(page.agent));
    }
    return read_page(tx.exec(query_of(page.view, page.sort), params));
}

Place place_of(const Conversation& conversation, Sort sort) {
    switch (sort) {
        case Sort::due:
            return {.at = conversation.rank_at.value_or(Timestamp{}), .id = conversation.id};
        case Sort::waiting:
            return {.at = conversation.waiting_since.value_or(Timestamp{}), .id = conversation.id};
        case Sort::newest:
            break;
    }
    return {.at = conversation.last_message_at, .id = conversation.id};
}

std::vector<std::pair<std::string_view, std::int64_t>> count_views(Tx& tx, const CountScope& scope) {
    const auto row = tx.exec(sql::count_views, pqxx::params{to_string(scope.account), to_string(scope.agent),
                                                            sql_id(scope.team), scope.limit})
                         .at(0);
    std::vector<std::pair<std::string_view, std::int64_t>> counts;
    if (!scope.agent.is_nil()) {
        counts.emplace_back("mine", row[0].as<std::int64_t>());
    }
    counts.emplace_back("unassigned", row[1].as<std::int64_t>());
    counts.emplace_back("unanswered", row[2].as<std::int64_t>());
    counts.emplace_back("overdue", row[3].as<std::int64_t>());
    counts.emplace_back("all", row[4].as<std::int64_t>());
    counts.emplace_back("spam", row[5].as<std::int64_t>());
    return counts;
}

std::optional<std::string> newest_external_id(Tx& tx, const Conversation& conversation, std::int64_t visible_max) {
    const auto rows =
        tx.exec(sql::newest_external_id, pqxx::params{to_string(conversation.account), to_string(conversation.id),
                                                      visible_max, to_string(conversation.channel)});
    return rows.empty() ? std::nullopt : read_optional_text(rows.at(0, 0));
}

}  // namespace lupaus::desk::conversation
