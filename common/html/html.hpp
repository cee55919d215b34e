// What a message says in HTML: made safe to show, read as text, and parted from the history that it quotes. The markup
// that comes out is never a piece of the one that came in: it is written anew from what was understood, with elements
// and attributes of a list, every value in quotation marks and every sign escaped; what a browser makes of it has no
// script, no style, no form, no frame, no foreign content and nothing from elsewhere before somebody asks for it.
// All of it linear in time, bounded in depth, pure, on any thread, for valid UTF-8. Source: WHATWG HTML, section 13.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::html {

// A customer's pictures from elsewhere tell where and when they are looked at; those of an agent's own reply are meant.
enum class RemoteImages : std::uint8_t {
    off,
    on,
    asked,  // on, and those too that were turned off before
};

struct Sanitised {
    std::string html{};              // at most about five times as long as what came in
    bool has_remote_images = false;  // turned off: their address is in data-src, for when an agent asks for them
    std::vector<std::string> content_ids{};  // that its pictures name, as often as they do: those come with the message
};

// The same again for what came out of it. data-fold says what an element's class or id had said about history.
Sanitised sanitise(std::string_view html, RemoteImages images = RemoteImages::off);

// Of markup that was sanitised: with the words instead of the pictures. Quoted, they would be missing or watching.
std::string without_images(std::string_view html);

// For messages without a text: paragraphs, lists, links with their target, tables by line, quotations behind "> ".
std::string to_text(std::string_view html);
std::string to_text(const Sanitised& sanitised);

struct Folded {            // in their order the whole message
    std::string fresh{};   // what the writer says now
    std::string quoted{};  // from where nothing but history and signature follows; "" where there is none
};

// Whoever answers below or between what they quote has all of it fresh but for what is quoted at the end; and where
// nothing fresh would be left, all of it is.
Folded fold_text(std::string_view text);       // fresh + quoted == text
Folded fold_html(std::string_view sanitised);  // each balanced: what is open at the fold is closed and opened again

// Where that is, in bytes: what is fresh comes before. All of it where nothing is folded.
std::size_t find_text_fold(std::string_view text);
std::size_t find_html_fold(std::string_view sanitised);

std::string before_fold(std::string_view sanitised, std::size_t fold);  // balanced

}  // namespace lupaus::html
