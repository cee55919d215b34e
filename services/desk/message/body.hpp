// What a message says, made fit to be stored and shown: its markup by parse and rebuild, once, so that nobody who reads
// it has to. Linear; a message without markup passes untouched. Pure, any thread.
#pragma once

#include <optional>
#include <string>

namespace lupaus::desk::message {

struct Body {
    std::string text{};
    std::optional<std::string> html{};  // nothing, too, where nothing of it may be shown
};

// A customer's: pictures from elsewhere are turned off, and a text that did not come is read from the markup.
Body received(Body body);

// The markup of somebody at the desk, or of a program that speaks for it: its pictures are meant to be seen.
std::optional<std::string> written(const std::optional<std::string>& html);

}  // namespace lupaus::desk::message
