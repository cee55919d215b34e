// A promise of two hours, opened at ten, and the ladder of its policy.
#pragma once

#include "services/desk/promise/rules.hpp"

namespace lupaus::desk::promise {

using namespace std::chrono_literals;

inline const Timestamp kOpened{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + 10h};

inline Policy two_hours() {
    Policy policy;
    policy.id = PolicyId::make();
    policy.target = 2h;
    policy.leads_after = 1h;
    policy.account_after = 3h;
    return policy;
}

inline const LadderOptions kLadder{.warn_share = 0.75, .silent_after = 4h, .acknowledge_hold = 15min};

inline Promise armed(const Policy& policy) {
    Promise promise;
    promise.waiting_since = kOpened;
    promise.opened_at = kOpened;
    arm(promise, &policy, kLadder);
    return promise;
}

// Measured only: nothing is promised.
inline Promise armed_without_target() {
    Promise promise;
    promise.waiting_since = kOpened;
    promise.opened_at = kOpened;
    arm(promise, nullptr, kLadder);
    return promise;
}

}  // namespace lupaus::desk::promise
