// The place of this database and its home. No locks; readers are of any role, only lupaus_owner may release.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/outbound/types.hpp"

namespace lupaus::desk::outbound {

Standing read_standing(Tx& tx);
void release(Tx& tx);

}  // namespace lupaus::desk::outbound
