// The words of a channel and where its customers' messages arrive.
#pragma once

#include "services/desk/channel/types.hpp"

#include <string>
#include <string_view>

namespace lupaus::desk::channel {

inline constexpr int kWeightMax = 100;
inline constexpr std::chrono::seconds kReopenWindowMax = std::chrono::days{365};

std::string_view to_string(Kind kind);
std::string_view to_string(ReopenTo to);
std::string_view to_string(Security security);
std::string_view to_string(FetchMode mode);
std::string_view to_string(MailboxState state);

bool has_mailbox(const Channel& channel);  // that is to be read

// An address that the desk itself can have: one ASCII local part without quotes, and a domain. Source: RFC 5321 4.1.2.
bool is_mail_address(std::string_view text);

// Whether the other end of a connection to this host is this machine: nobody listens on the way there.
bool is_this_machine(std::string_view host);

// Why a secret would leave by an unencrypted connection; empty: it does not.
std::string_view exposes_secret(const MailServer& server, bool has_oauth);
std::string hook_path(Kind kind, ChannelId id);  // /hooks/webhook/<id>, /hooks/email/<id>

}  // namespace lupaus::desk::channel
