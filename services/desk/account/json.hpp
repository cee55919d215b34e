// How the API, the events and the command line show an account and what the operator allows it.
#pragma once

#include "common/text/json_writer.hpp"
#include "services/desk/account/quota.hpp"
#include "services/desk/account/types.hpp"
#include "services/desk/event/types.hpp"

#include <span>
#include <string>

namespace lupaus::desk::account {

void write_fields(text::JsonWriter& json, const Account& account);

// Each of `names`; null where there is no quota.
void write_quotas(text::JsonWriter& json, std::span<const std::string_view> names, std::span<const Quota> quotas);

event::Draft describe(std::string_view type, const Account& account, const event::Actor& actor);

}  // namespace lupaus::desk::account
