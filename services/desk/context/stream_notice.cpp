#include "services/desk/context/stream_notice.hpp"

namespace lupaus::desk {

std::string stream_notice(const Uuid& process, AccountId account, std::string_view type, std::string_view frame) {
    std::string notice = to_string(process) + ' ' + to_string(account) + ' ';
    notice.append(type).append(1, ' ').append(frame);
    return notice;
}

}  // namespace lupaus::desk
