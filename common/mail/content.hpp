// What of a mail's parts is its text and what are files: alternatives (RFC 2046, section 5.1.4), related pictures
// (RFC 2387), several texts in a row, all the rest. Any thread, no errors; recursion goes as deep as parts may nest.
#pragma once

#include "common/mail/mail.hpp"
#include "common/mail/structure.hpp"

#include <vector>

namespace lupaus::mail {

// Fills text, html, parts and is_lossy.
void read_content(const std::vector<Entity>& entities, const KeepPart& keep, Mail& mail);

// Decoded from its transfer encoding.
std::string bytes_of(const Entity& entity);

}  // namespace lupaus::mail
