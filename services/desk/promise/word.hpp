// The words that agents give: commitments, of a conversation or of a contact alone. They are opened and ended here,
// under the lock of their conversation where they have one; what ends a wait is in store.hpp. Callers append the
// events.
#pragma once

#include "common/base/error.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/alert/types.hpp"
#include "services/desk/promise/types.hpp"

#include <optional>
#include <vector>

namespace lupaus::desk::promise {

// With everything that is known of it. Empty: there is no such promise in the account.
std::optional<Promise> find(Tx& tx, AccountId account, PromiseId id);

// Stores a word that rules have armed. Errors: conflict where the conversation has too many that are open.
Result<void> give(Tx& tx, const Promise& word);

// How a word ends. Renegotiated: `successor` takes its place, and the customer was told at `told_at` (empty: just now).
enum class WordEnding { kept, broken, renegotiated, waived };

struct EndingWord {
    AccountId account;
    PromiseId word;
    WordEnding ending = WordEnding::kept;
    AgentId agent;  // credited; nil: a program did it
    TeamId team;    // of the conversation now
    PromiseId successor;
    std::optional<Timestamp> told_at;
};

struct EndedWord {
    Promise promise;
    std::vector<alert::Alert> resolved;
};

// The clock is read after the lock is held. Errors: conflict where it has ended already.
Result<EndedWord> end(Tx& tx, const EndingWord& ending);

// What is still open of a conversation that the caller has locked: the wait, if there is one, and every word.
std::vector<Promise> open_of(Tx& tx, AccountId account, ConversationId conversation);

// Conversations that are another team's from now on, and so is what is owed in them. The team at opening stays known.
struct HandedOver {
    AccountId account;
    ConversationId conversation;
    TeamId team;
};

void hand_to_teams(Tx& tx, std::span<const HandedOver> conversations);

}  // namespace lupaus::desk::promise
