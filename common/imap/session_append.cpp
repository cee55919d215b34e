#include "common/imap/session.hpp"

#include <utility>

// Putting a mail into a folder, and looking whether it is there already. Source: RFC 3501, sections 6.3.11 and 6.4.4.
namespace lupaus::imap {

void Session::find(std::string_view message_id) {
    is_found_ = false;
    send({"UID SEARCH HEADER Message-ID " + in_quotes(message_id)}, &Session::on_find);
}

// The server asks for the bytes once it has heard how many they are.
void Session::append(std::string bytes) {
    refusal_.clear();
    const auto name = folder_name(folder_.name);
    if (!name) {
        refusal_ = name.error().detail;
        return;
    }
    const auto size = std::to_string(bytes.size());
    send({"APPEND " + *name + " (\\Seen) {" + size + "}", std::move(bytes)}, &Session::on_change);
}

void Session::take(Found& found) {
    is_found_ = is_found_ || found.is_any;
}

void Session::on_find(const Status& status) {
    if (status.condition != Condition::ok) {
        refuse(FailureKind::refused, "The server did not look into the folder", status);
    }
}

}  // namespace lupaus::imap
