// SQL of acknowledgements: what channels say, and to whom a machine has written. Scope: the accounts named; their lanes
// are held, so that nobody else acknowledges meanwhile.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/acknowledgement/types.hpp"
#include "services/desk/autoreply/rules.hpp"

#include <map>
#include <span>

namespace lupaus::desk::acknowledgement {

// Of the channels of these accounts that acknowledge.
std::map<ChannelId, Setting> load(Tx& tx, std::span<const Uuid> accounts);

// What machines have written within a day to these senders, whose contact comes with them (nil: a new one).
std::map<Sender, autoreply::Before> written_before(Tx& tx, const std::map<Sender, ContactId>& senders);

void note(Tx& tx, std::span<const Sender> senders);  // acknowledged now

}  // namespace lupaus::desk::acknowledgement
