// What the operator allows an account or one of its channels, by name. Where there is no quota, the program's own
// bounds are all there is. Set at the command line alone: only lupaus_owner may write them.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/ids.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::account {

inline constexpr std::string_view kRequestsPerSecond = "requests_per_second";
inline constexpr std::string_view kMessagesPerDay = "messages_per_day";
inline constexpr std::string_view kInboundPerSecond = "inbound_per_second";  // of a channel

// Of an account: how fast it may ask, how much may come in, how much it may set up (see Bound).
inline constexpr std::array<std::string_view, 5> kQuotas{kRequestsPerSecond, kMessagesPerDay, "agents", "channels",
                                                         "webhooks"};

struct QuotaKey {
    AccountId account;
    Uuid subject;  // the account itself, or a channel
    std::string name;
};

struct Quota {
    QuotaKey key;
    int value = 0;
};

std::optional<int> find_quota(Tx& tx, const QuotaKey& key);
std::vector<Quota> list_quotas(Tx& tx, AccountId account, Uuid subject);
void set_quota(Tx& tx, const QuotaKey& key, std::optional<int> value);  // nothing: takes it away

}  // namespace lupaus::desk::account
