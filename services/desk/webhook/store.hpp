// The API's half: endpoints as they are set up, how far they are, and what became of each delivery. One account a
// transaction. Secrets leave here in clear exactly once, when they are made; in the database they are sealed. Locks:
// the endpoint's state, then its deliveries. Errors: invalid (a team, channel or token that does not exist), not_found,
// conflict.
#pragma once

#include "common/base/error.hpp"
#include "common/crypto/secretbox.hpp"
#include "common/postgres/tx.hpp"
#include "services/desk/event/types.hpp"
#include "services/desk/webhook/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lupaus::desk::webhook {

struct WebhookKey {
    AccountId account;
    WebhookId id;
};

// It is told what happens from now on. Returns its secret (whsec_…); created_at is set. Conflict: the account has
// limits::kWebhooksMax.
Result<std::string> create(Tx& tx, const crypto::SecretBox& box, Webhook& webhook);
std::optional<Webhook> find(Tx& tx, const WebhookKey& key);
std::optional<Webhook> lock(Tx& tx, const WebhookKey& key);
std::optional<Progress> progress(Tx& tx, const WebhookKey& key);

struct After {
    Timestamp created_at{};
    WebhookId id;
};

struct Listed {
    Webhook webhook;
    Progress progress;
};

std::vector<Listed> list(Tx& tx, AccountId account, const std::optional<After>& after, int limit);

// Everything but secrets. Of an endpoint that is disabled now what waits is set aside; of one that is not disabled any
// more it is due at once, with its time to give up begun anew, and the breaker is closed.
Result<void> update(Tx& tx, const Webhook& before, const Webhook& after);

// What waits for it goes too; what has ended goes with its age.
void remove(Tx& tx, const WebhookKey& key);

std::string rotate(Tx& tx, const crypto::SecretBox& box, const WebhookKey& key);
void finish_rotation(Tx& tx, const WebhookKey& key);

// Everything after the cursor is told again, or, where it lies ahead, what is before it is left out.
void move_cursor(Tx& tx, const WebhookKey& key, std::int64_t cursor);

// ---- deliveries

// Newest first, beyond a place.
struct DeliveryPlace {
    std::int64_t seq = 0;
    EventId event;
};

struct DeliveryPage {
    WebhookKey webhook;
    bool only_failed = false;
    std::optional<DeliveryPlace> before;
    int limit = 0;
};

std::vector<Delivery> list_deliveries(Tx& tx, const DeliveryPage& page);
std::optional<Delivery> find_delivery(Tx& tx, const DeliveryKey& key);

// The bytes that were, or will be, sent as an event; empty: they are not kept any more, or not made yet.
std::optional<std::string> find_body(Tx& tx, AccountId account, std::int64_t seq);

// Due at once, whatever the breaker says. Conflict: an attempt is under way, or the endpoint is disabled.
Result<Delivery> replay(Tx& tx, const DeliveryKey& key);
Delivery ping(Tx& tx, const WebhookKey& key);

}  // namespace lupaus::desk::webhook
