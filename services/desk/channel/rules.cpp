#include "services/desk/channel/rules.hpp"

#include <algorithm>

namespace lupaus::desk::channel {

std::string_view to_string(Kind kind) {
    return kind == Kind::email ? "email" : "webhook";
}

std::string_view to_string(ReopenTo to) {
    return to == ReopenTo::queue ? "queue" : "same_agent";
}

std::string_view to_string(Security security) {
    switch (security) {
        case Security::tls:
            return "tls";
        case Security::starttls:
            return "starttls";
        case Security::none:
            break;
    }
    return "none";
}

std::string_view to_string(FetchMode mode) {
    switch (mode) {
        case FetchMode::seen:
            return "seen";
        case FetchMode::move:
            return "move";
        case FetchMode::leave:
            break;
    }
    return "leave";
}

std::string_view to_string(MailboxState state) {
    switch (state) {
        case MailboxState::connecting:
            return "connecting";
        case MailboxState::fetching:
            return "fetching";
        case MailboxState::waiting:
            return "waiting";
        case MailboxState::failing:
            return "failing";
        case MailboxState::held:
            break;
    }
    return "held";
}

bool has_mailbox(const Channel& channel) {
    return channel.email && channel.email->imap && !channel.disabled_at;
}

bool is_mail_address(std::string_view text) {
    constexpr std::size_t kLocalPartBytesMax = 64;
    constexpr std::size_t kAddressBytesMax = 254;
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at > kLocalPartBytesMax || text.size() > kAddressBytesMax) {
        return false;
    }
    const auto local = text.substr(0, at);
    const auto domain = text.substr(at + 1);
    const auto is_of = [](std::string_view part, std::string_view marks) {
        return std::ranges::all_of(part, [marks](char c) {
            const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            return is_letter || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
        });
    };
    const auto has_gaps = [](std::string_view part) {
        return part.empty() || part.starts_with('.') || part.ends_with('.') || part.find("..") != part.npos;
    };
    return is_of(local, "!#$%&'*+-/=?^_`{|}~.") && !has_gaps(local) && is_of(domain, "-.") && !has_gaps(domain);
}

bool is_this_machine(std::string_view host) {
    const bool is_loopback = host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos;
    return host == "localhost" || host == "::1" || is_loopback;
}

std::string_view exposes_secret(const MailServer& server, bool has_oauth) {
    const bool has_secret = server.has_password || (!server.user.empty() && has_oauth);
    return server.security == Security::none && has_secret && !is_this_machine(server.host)
               ? "would send a secret in clear: only a server on this machine is asked without TLS"
               : "";
}

std::string hook_path(Kind kind, ChannelId id) {
    return "/hooks/" + std::string(to_string(kind)) + "/" + to_string(id);
}

}  // namespace lupaus::desk::channel
