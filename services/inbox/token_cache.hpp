// Who a bearer token speaks for, remembered for a moment so that the database is not asked on every request. Short
// enough that a revocation works everywhere within seconds. Only good tokens are kept. Time is an argument. I/O thread.
#pragma once

#include "common/crypto/digest.hpp"
#include "services/desk/token/types.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <unordered_map>

namespace lupaus::inbox {

using PrincipalPtr = std::shared_ptr<const desk::token::Principal>;

class TokenCache {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds kFresh{1};  // then the first who asks looks it up again,
    static constexpr std::chrono::seconds kMax{2};    // and meanwhile the others may use it until then

    explicit TokenCache(std::size_t tokens_max = 10'000) : tokens_max_(tokens_max) {}

    PrincipalPtr find(const crypto::Digest& token, Clock::time_point now);  // null: look it up
    void put(const crypto::Digest& token, PrincipalPtr principal, Clock::time_point asked_at);
    void forget(const crypto::Digest& token);

    std::size_t size() const { return entries_.size(); }

private:
    struct Hash {
        std::size_t operator()(const crypto::Digest& digest) const noexcept;
    };

    struct Entry {
        PrincipalPtr principal;
        Clock::time_point asked_at;
        bool is_asked_again = false;
    };

    void make_room(Clock::time_point now);

    std::size_t tokens_max_;
    std::unordered_map<crypto::Digest, Entry, Hash> entries_;
};

}  // namespace lupaus::inbox
