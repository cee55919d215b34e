// SQL of saved views. Somebody sees everybody's and their own; another agent's own is as unknown as one that is not.
// Errors: conflict (as many as an agent, or everybody, may have).
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/filter/check.hpp"
#include "services/desk/view/types.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lupaus::desk::view {

inline constexpr int kViewsMax = 100;  // of one agent, and of everybody

// Who looks: nil is who is no agent, and has none of their own.
struct Key {
    AccountId account;
    ViewId id;
    AgentId agent;
};

Result<void> insert(Tx& tx, const SavedView& view);
std::optional<SavedView> find(Tx& tx, const Key& key);
std::optional<SavedView> lock(Tx& tx, const Key& key);
void update(Tx& tx, const SavedView& view);  // name, filter, sort, position; the version rises
void remove(Tx& tx, const SavedView& view);

// By position, then id.
struct Page {
    AccountId account;
    AgentId agent;
    int after_position = -1;
    ViewId after_id;
    int limit = 0;
};

std::vector<SavedView> list(Tx& tx, const Page& page);

// Of what a filter names, the places of those that name nothing in the account.
std::vector<std::size_t> unknown_of(Tx& tx, AccountId account, std::span<const filter::Reference> references);

}  // namespace lupaus::desk::view
