// The bodies of parts in the encodings that every relay passes on unchanged. Appends; lines end in CR LF, and so does
// the body. Pure, any thread. Source: RFC 2045, sections 6.7 (quoted-printable) and 6.8 (base64).
#pragma once

#include <string>
#include <string_view>

namespace lupaus::mail {

enum class Encoding { seven_bit, quoted_printable, base64 };

// Whether the bytes are lines that need no encoding: ASCII, of at most 78 columns, without blanks that relays strip.
bool is_plain_text(std::string_view bytes);

Encoding shortest_encoding(std::string_view text);  // of a text that is not plain
std::string_view to_string(Encoding encoding);      // as Content-Transfer-Encoding has it
void append_encoded(std::string& out, std::string_view bytes, Encoding encoding);

std::string with_network_lines(std::string_view text);  // each line ended by CR LF, also the last one

}  // namespace lupaus::mail
