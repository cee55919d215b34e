// How a contact is shown, and what is said of one who turned out to be somebody else.
#pragma once

#include "services/desk/contact/types.hpp"
#include "services/inbox/endpoint.hpp"

#include <string>

namespace lupaus::inbox {

std::string contact_json(Tx& tx, const desk::contact::Contact& contact);  // with the addresses it is known by

// Nothing is done to who was merged away: a conflict that names who they are now.
Error merged_away(const desk::contact::Contact& contact);

}  // namespace lupaus::inbox
