// Bodies that were correctly signed and not accepted: listed, replayed, forgotten after a while. Queue table: intake
// writes it with Scope::queues(), the API reads its own account's.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/inbound/types.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::inbound {

inline constexpr int kRejectionPreviewBytes = 16 * 1024;

void reject(Tx& tx, std::span<const Rejection> rejections);

struct RejectionCursor {
    Timestamp received_at{};
    RejectionId id{};
};

// The newest first; bodies cut to kRejectionPreviewBytes.
std::vector<Rejection> list_rejections(Tx& tx, AccountId account, ChannelId channel,
                                       const std::optional<RejectionCursor>& before, int limit);

// With the whole body, locked until the transaction ends.
std::optional<Rejection> lock_rejection(Tx& tx, AccountId account, ChannelId channel, RejectionId id);
void mark_replayed(Tx& tx, AccountId account, RejectionId id);

// The retention loop's step; how many went. Fewer than `limit`: that was all.
int delete_old_rejections(Tx& tx, std::chrono::milliseconds age, int limit);

}  // namespace lupaus::desk::inbound
