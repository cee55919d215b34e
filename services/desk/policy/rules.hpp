// What a service promise must look like, and what it becomes where little was said: the leads hear of it when half of
// the target has passed again after the due time, the account when all of it has.
#pragma once

#include "common/base/error.hpp"
#include "services/desk/promise/types.hpp"

#include <chrono>
#include <optional>

namespace lupaus::desk::policy {

inline constexpr std::chrono::seconds kTargetMax = std::chrono::days{365};

struct Times {
    std::chrono::seconds target{};
    std::optional<std::chrono::seconds> warn_lead;
    std::optional<std::chrono::seconds> leads_after;
    std::optional<std::chrono::seconds> account_after;
};

// Sets the policy's times. Errors: invalid, with pointers such as /warn_lead_s.
Result<void> set_times(promise::Policy& policy, const Times& times);

}  // namespace lupaus::desk::policy
