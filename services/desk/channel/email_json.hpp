// The member `email` of a channel as the API and the command line take it, and as it is shown: without its secrets.
// What is not given stays as it is; null takes a server or the oauth away. Mistakes are the reader's. Pure, any thread.
#pragma once

#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/channel/types.hpp"

namespace lupaus::desk::channel {

// Into channel.email; the secrets that were given. Reads nothing where the kind is another one, and requires the member
// of a channel that has none yet.
MailSecrets read_email(text::JsonReader& reader, Channel& channel);

void write_email(text::JsonWriter& json, const Email& email);

}  // namespace lupaus::desk::channel
