#include "services/inbox/token_cache.hpp"

#include <cstring>
#include <utility>

namespace lupaus::inbox {

std::size_t TokenCache::Hash::operator()(const crypto::Digest& digest) const noexcept {
    std::size_t head = 0;
    std::memcpy(&head, digest.data(), sizeof head);
    return head;
}

PrincipalPtr TokenCache::find(const crypto::Digest& token, Clock::time_point now) {
    const auto found = entries_.find(token);
    if (found == entries_.end()) {
        return nullptr;
    }
    auto& entry = found->second;
    const auto age = now - entry.asked_at;
    if (age >= kMax) {
        entries_.erase(found);
        return nullptr;
    }
    if (age >= kFresh && !std::exchange(entry.is_asked_again, true)) {
        return nullptr;
    }
    return entry.principal;
}

void TokenCache::put(const crypto::Digest& token, PrincipalPtr principal, Clock::time_point asked_at) {
    if (!entries_.contains(token)) {
        make_room(asked_at);
    }
    entries_[token] = Entry{.principal = std::move(principal), .asked_at = asked_at};
}

void TokenCache::forget(const crypto::Digest& token) {
    entries_.erase(token);
}

void TokenCache::make_room(Clock::time_point now) {
    if (entries_.size() < tokens_max_) {
        return;
    }
    std::erase_if(entries_, [now](const auto& entry) { return now - entry.second.asked_at >= kMax; });
    while (entries_.size() >= tokens_max_) {
        entries_.erase(entries_.begin());
    }
}

}  // namespace lupaus::inbox
