// A mail as the reader hands it over; a test changes what it is about.
#pragma once

#include "common/mail/mail.hpp"

namespace lupaus::support {

inline mail::Mail make_mail() {
    mail::Mail mail;
    mail.message_id = "m1@example.org";
    mail.from = {{.name = "Liisa", .address = "Liisa@example.org"}};
    mail.to = {{.name = "", .address = "support@shop.example"}};
    mail.subject = "Where is my parcel?";
    mail.text = "Hei!\n";
    return mail;
}

inline mail::Mail make_mail(std::string name, std::string value) {
    auto mail = make_mail();
    mail.headers.push_back({.name = std::move(name), .value = std::move(value)});
    return mail;
}

}  // namespace lupaus::support
