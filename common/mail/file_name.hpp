// What the file of a part is called. A name out of a mail is a stranger's: it is cut down to its last component and to
// characters that can be seen. Pure, any thread, no errors.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::mail {

// At most limits::kNameBytesMax bytes, its extension kept; empty where nothing is left of it.
std::string clean_file_name(std::string_view name);

// Of an attached mail: its subject, whose slashes are none of a path.
std::string mail_file_name(std::string_view subject);

// For a part without a name: calendar.ics, image.png, attachment.
std::string default_file_name(std::string_view content_type);

}  // namespace lupaus::mail
