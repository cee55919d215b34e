#include "services/desk/capacity/store.hpp"

#include "common/postgres/columns.hpp"
#include "services/desk/capacity/queries.sql.hpp"

#include <set>

namespace lupaus::desk::capacity {

namespace {

struct Columns {
    UuidColumn account;
    UuidColumn agent;
    ArrayText weight;
    ArrayText resolves;
};

Columns columns_of(std::span<const Change> changes) {
    Columns columns;
    for (const auto& change : changes) {
        columns.account.add(change.account);
        columns.agent.add(change.agent);
        columns.weight.add(change.weight);
        columns.resolves.add(change.resolves);
    }
    return columns;
}

}  // namespace

void lock(Tx& tx, std::span<const Change> changes) {
    if (changes.empty()) {
        return;
    }
    const auto columns = columns_of(changes);
    tx.exec(sql::lock_agents, pqxx::params{columns.account.param(), columns.agent.param()});
}

void apply(Tx& tx, std::span<const Change> changes) {
    if (changes.empty()) {
        return;
    }
    const auto columns = columns_of(changes);
    tx.exec(sql::apply,
            pqxx::params{columns.account.param(), columns.agent.param(), columns.weight.str(), columns.resolves.str()});
}

std::vector<bool> reserve(Tx& tx, std::span<const Change> changes) {
    if (changes.empty()) {
        return {};
    }
    const auto columns = columns_of(changes);
    std::set<std::pair<AccountId, AgentId>> granted;
    for (const auto& row :
         tx.exec(sql::reserve, pqxx::params{columns.account.param(), columns.agent.param(), columns.weight.str()})) {
        granted.emplace(read_id<AccountId>(row[0]), read_id<AgentId>(row[1]));
    }
    std::vector<bool> answers;
    for (const auto& change : changes) {
        answers.push_back(granted.contains({change.account, change.agent}));
    }
    return answers;
}

std::vector<Drift> recount(Tx& tx) {
    std::vector<Drift> drifts;
    for (const auto& row : tx.exec(sql::recount)) {
        drifts.push_back(Drift{.account = read_id<AccountId>(row[0]),
                               .agent = read_id<AgentId>(row[1]),
                               .load = row[2].as<int>(),
                               .counted = row[3].as<int>()});
    }
    return drifts;
}

}  // namespace lupaus::desk::capacity
