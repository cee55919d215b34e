// Mails of a few lines, and the mail that is read from them.
#pragma once

#include "common/mail/mail.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace lupaus::mail {

// As they come over the wire.
inline std::string lines(std::initializer_list<std::string_view> lines) {
    std::string bytes;
    for (const auto line : lines) {
        bytes.append(line).append("\r\n");
    }
    return bytes;
}

inline Mail read_well(std::string_view bytes) {
    auto mail = read(bytes);
    EXPECT_TRUE(mail) << (mail ? "" : mail.error().detail);
    return mail ? *std::move(mail) : Mail{};
}

inline std::string why_not(std::string_view bytes) {
    const auto mail = read(bytes);
    EXPECT_FALSE(mail);
    return mail ? "" : mail.error().detail;
}

// Of the first part.
inline Part first_part(const Mail& mail) {
    EXPECT_FALSE(mail.parts.empty());
    return mail.parts.empty() ? Part{} : mail.parts.front();
}

}  // namespace lupaus::mail
