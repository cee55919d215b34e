#include "services/desk/inbound/showable.hpp"

#include "services/desk/message/fold.hpp"

#include <utility>

namespace lupaus::desk::inbound {

void show(Inbound& message, message::Body body) {
    message.text = std::move(body.text);
    message.html = std::move(body.html);
    message.folds = message.mail ? message::find_folds(message.text, message.html) : message::Folds{};
    message.is_showable = true;
}

void make_showable(Inbound& message) {
    if (message.is_showable) {
        return;
    }
    auto body = message::received({.text = std::move(message.text), .html = message.html});
    message::cut_text(body);
    show(message, std::move(body));
}

}  // namespace lupaus::desk::inbound
