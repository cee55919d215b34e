// One mail that could not be had before, asked for once more. What comes of it is in the answer, which has its bytes or
// its trouble; the connection may be over afterwards. I/O thread.
#pragma once

#include "services/email/mailbox/mailbox.hpp"

namespace lupaus::email::mailbox {

boost::asio::awaitable<RawMail> refetch(imap::Client& client, Store& store, Wanted wanted);

}  // namespace lupaus::email::mailbox
