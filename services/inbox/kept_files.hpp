// The files of what is about to be written are stored before its transaction: while a bucket lets them wait, no
// connection to the database waits with them. Storing them again in the transaction asks nobody then, see
// common/blob/bucket_store.hpp. What is wrong keeps nothing: whoever reads it next says so.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

boost::asio::awaitable<void> keep_files_of_reply(const Call& call);
boost::asio::awaitable<void> keep_files_of_rejection(const Call& call);
boost::asio::awaitable<void> keep_files_of_quarantined(const Call& call);

}  // namespace lupaus::inbox
