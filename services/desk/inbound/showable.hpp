// A message as it may be stored and shown: its markup sanitised, once, by whoever comes first. The adapter of mail does
// it on its own threads, and finds folds; of everything else the queue keeps what the channel sent, and the router does
// it. `is_showable` is set here and by the codec for what was set here: no wire form has it. Pure, linear, any thread.
#pragma once

#include "services/desk/inbound/types.hpp"
#include "services/desk/message/body.hpp"

namespace lupaus::desk::inbound {

// What message::received() made of it, no longer than a message may be; of a mail with its folds.
void show(Inbound& message, message::Body body);

void make_showable(Inbound& message);  // unless it is

}  // namespace lupaus::desk::inbound
