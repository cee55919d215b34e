// The options of an email channel. They are put together as the member `email` of the API and read as that, so that
// both have one set of rules.
#pragma once

#include "services/desk/channel/types.hpp"
#include "services/lupaus/cli/command.hpp"

#include <vector>

namespace lupaus::cli {

std::vector<Option> email_options();

// Into channel.email where the kind is email; the secrets that were given. Errors: invalid, naming the options.
Result<desk::channel::MailSecrets> read_email(Arguments& arguments, desk::channel::Channel& channel);

}  // namespace lupaus::cli
