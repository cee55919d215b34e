// What one call of route() works on: the snapshot, and the changes as far as they are decided. Its parts share it:
// placing.hpp finds where a message belongs, waits.hpp what is owed for it, route.cpp who has it. Lives for one batch.
#pragma once

#include "services/router/route.hpp"

#include <utility>

namespace lupaus::router {

struct Sheet {
    const Snapshot& snapshot;
    const RouteOptions& options;
    Changes changes{};

    // As the batch has left it so far; it is held by the transaction, or new.
    ConversationChange& work_on(ConversationId id) {
        const auto [at, is_first] = changes.conversations.try_emplace(id);
        if (is_first) {
            at->second.conversation = snapshot.held.at(id);
        }
        return at->second;
    }

    void happen(Happening happening) { changes.happenings.push_back(std::move(happening)); }
};

}  // namespace lupaus::router
