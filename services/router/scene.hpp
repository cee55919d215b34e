// What the watcher's alerts are about, read once for a batch, and what the log is told of them.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/agent/rules.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/event/types.hpp"
#include "services/router/snapshot.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace lupaus::router {

struct Scene {
    Timestamp now{};    // the database's clock
    Snapshot snapshot;  // agents and teams; what else is needed its reader adds
    std::unordered_map<ConversationId, Conversation> conversations;

    const Conversation* find(ConversationId id) const;
    void add(std::vector<Conversation> found);
};

// Narrows the transaction to the accounts.
Scene open_scene(Tx& tx, std::span<const Uuid> accounts, const desk::agent::LeaseTerms& lease);

// Collects events and appends them once, as the last thing of the transaction.
class News {
public:
    News(Tx& tx, const Scene& scene) : tx_(tx), scene_(scene) {}

    void tell(std::string_view type, const desk::promise::Promise& promise);

    // Stores the alerts too. Returns how many began to fire.
    int store(const std::vector<desk::alert::Alert>& alerts);

    bool is_empty() const { return drafts_.empty(); }

private:
    template <class Subject>
    void add(std::string_view type, const Subject& subject, std::string_view name);

    Tx& tx_;
    const Scene& scene_;
    std::vector<desk::event::Draft> drafts_;
};

}  // namespace lupaus::router
