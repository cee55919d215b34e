// What a message says, made fit to be stored and shown: its markup by parse and rebuild, once, so that nobody who reads
// it has to. Linear; a message without markup passes untouched. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::desk::message {

struct Body {
    std::string text{};
    std::optional<std::string> html{};  // nothing, too, where nothing of it may be shown
};

// As it came.
struct Said {
    std::string text{};
    std::optional<std::string_view> html{};
};

// A customer's: pictures from elsewhere are turned off, and a text that did not come is read from the markup. Either
// may be longer than a message may be.
Body received(Said said);

void cut_text(Body& body);  // to what a message may have

// The same with the pictures from elsewhere that were turned off in it: somebody has asked for them.
std::string with_remote_images(std::string_view html);

struct Markup {
    std::optional<std::string> html{};
    std::vector<std::string> content_ids{};  // that its pictures name: of files of the same message
};

// Of somebody at the desk, or of a program that speaks for it: its pictures are meant to be seen.
Markup written(const std::optional<std::string>& html);

}  // namespace lupaus::desk::message
