#include "services/desk/policy/rules.hpp"

#include <algorithm>

namespace lupaus::desk::policy {

Result<void> set_times(promise::Policy& policy, const Times& times) {
    if (policy.kind != promise::Kind::first_reply && policy.kind != promise::Kind::next_reply) {
        return invalid_field("/kind", "must be first_reply or next_reply");
    }
    if (times.target <= std::chrono::seconds{0} || times.target > kTargetMax) {
        return invalid_field("/target_s", "must be between one second and 365 days");
    }
    if (times.warn_lead && (*times.warn_lead <= std::chrono::seconds{0} || *times.warn_lead >= times.target)) {
        return invalid_field("/warn_lead_s", "must be shorter than the target");
    }
    const auto leads = times.leads_after.value_or(times.target / 2);
    const auto account = times.account_after.value_or(std::max(times.target, leads));
    if (leads < std::chrono::seconds{0} || leads > kTargetMax) {
        return invalid_field("/leads_after_s", "must be between nothing and 365 days");
    }
    if (account < leads || account > kTargetMax) {
        return invalid_field("/account_after_s", "must not come before the leads' turn, nor after 365 days");
    }
    policy.target = times.target;
    policy.warn_lead = times.warn_lead;
    policy.leads_after = leads;
    policy.account_after = account;
    return {};
}

}  // namespace lupaus::desk::policy
