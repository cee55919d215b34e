#include "services/desk/conversation/list.hpp"

#include "services/desk/conversation/queries.sql.hpp"

namespace lupaus::desk::conversation {

namespace {

// A query and what it takes behind the place, in this order.
struct Form {
    const Query& query;
    bool has_team = false;
    bool has_state = false;
    bool has_agent = false;
};

Form form_of_mine(Sort sort) {
    const auto& query = sort == Sort::due       ? sql::list_mine_due
                        : sort == Sort::waiting ? sql::list_mine_waiting
                                                : sql::list_mine_newest;
    return {.query = query, .has_team = true, .has_state = true, .has_agent = true};
}

Form form_of_unassigned(Sort sort, bool of_team) {
    switch (sort) {
        case Sort::due:
            return {.query = of_team ? sql::list_team_unassigned_due : sql::list_unassigned_due, .has_team = of_team};
        case Sort::waiting:
            return {.query = sql::list_unassigned_waiting, .has_team = true};
        case Sort::newest:
            break;
    }
    return {.query = of_team ? sql::list_team_unassigned_newest : sql::list_unassigned_newest, .has_team = of_team};
}

Form form_of_unanswered(Sort sort, bool of_team) {
    if (sort == Sort::due) {
        const auto& query = of_team ? sql::list_team_unanswered_due : sql::list_unanswered_due;
        return {.query = query, .has_team = of_team, .has_state = true};
    }
    return {.query = sort == Sort::waiting ? sql::list_waiting : sql::list_waiting_newest,
            .has_team = true,
            .has_state = true};
}

Form form_of_overdue(Sort sort, bool of_team) {
    if (sort == Sort::due) {
        const auto& query = of_team ? sql::list_team_overdue_due : sql::list_overdue_due;
        return {.query = query, .has_team = of_team, .has_state = true};
    }
    return {.query = sort == Sort::waiting ? sql::list_overdue_waiting : sql::list_overdue_newest,
            .has_team = true,
            .has_state = true};
}

Form form_of_all(Sort sort, bool of_team, bool of_state) {
    switch (sort) {
        case Sort::due:
            return {.query = of_team ? sql::list_team_due : sql::list_due, .has_team = of_team, .has_state = true};
        case Sort::waiting:
            return {.query = sql::list_waiting, .has_team = true, .has_state = true};
        case Sort::newest:
            break;
    }
    if (of_state) {
        const auto& query = of_team ? sql::list_team_state_newest : sql::list_state_newest;
        return {.query = query, .has_team = of_team, .has_state = true};
    }
    return {.query = of_team ? sql::list_team_newest : sql::list_newest, .has_team = of_team};
}

Form form_of(const ListPage& page) {
    const bool of_team = !page.team.is_nil();
    switch (page.view) {
        case View::mine:
            return form_of_mine(page.sort);
        case View::unassigned:
            return form_of_unassigned(page.sort, of_team);
        case View::unanswered:
            return form_of_unanswered(page.sort, of_team);
        case View::overdue:
            return form_of_overdue(page.sort, of_team);
        case View::spam:
            return {.query = sql::list_spam_newest, .has_team = true, .has_state = true};
        case View::all:
            break;
    }
    return form_of_all(page.sort, of_team, page.state.has_value());
}

// $1 account, $2 and $3 the place, $4 limit.
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
    const auto form = form_of(page);
    auto params = place_params(page);
    if (form.has_team) {
        params.append(sql_id(page.team));
    }
    if (form.has_state) {
        params.append(code_of(page.state));
    }
    if (form.has_agent) {
        params.append(to_string(page.agent));
    }
    return read_page(tx.exec(form.query, params));
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
    auto params = pqxx::params{to_string(scope.account), to_string(scope.agent)};
    if (!scope.team.is_nil()) {
        params.append(to_string(scope.team));
    }
    params.append(scope.limit);
    const auto row = tx.exec(scope.team.is_nil() ? sql::count_views : sql::count_team_views, params).at(0);
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
