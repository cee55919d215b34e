#include "services/desk/channel/rules.hpp"

namespace lupaus::desk::channel {

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::webhook:
            break;
    }
    return "webhook";
}

std::string_view to_string(ReopenTo to) {
    return to == ReopenTo::queue ? "queue" : "same_agent";
}

std::string hook_path(Kind kind, ChannelId id) {
    return "/hooks/" + std::string(to_string(kind)) + "/" + to_string(id);
}

}  // namespace lupaus::desk::channel
