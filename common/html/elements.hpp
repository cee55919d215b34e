// The elements that are known here: those that a message keeps, and those that go with all that they hold. Of every
// other one the tags go and the words stay. Pure, any thread. Source: WHATWG HTML, sections 4 and 13.1.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lupaus::html {

enum class Tag : std::uint8_t {  // in the order of their names
    a,
    abbr,
    address,
    applet,
    article,
    aside,
    audio,
    b,
    bdi,
    bdo,
    big,
    blockquote,
    br,
    canvas,
    caption,
    center,
    cite,
    code,
    col,
    colgroup,
    datalist,
    dd,
    del,
    dfn,
    div,
    dl,
    dt,
    em,
    figcaption,
    figure,
    footer,
    h1,
    h2,
    h3,
    h4,
    h5,
    h6,
    header,
    hr,
    i,
    iframe,
    img,
    ins,
    kbd,
    li,
    main,
    mark,
    math,
    nav,
    noembed,
    noframes,
    noscript,
    object,
    ol,
    p,
    plaintext,
    pre,
    q,
    s,
    samp,
    script,
    section,
    select,
    small,
    span,
    strike,
    strong,
    style,
    sub,
    sup,
    svg,
    table,
    tbody,
    td,
    template_,
    textarea,
    tfoot,
    th,
    thead,
    time,
    title,
    tr,
    tt,
    u,
    ul,
    var,
    video,
    wbr,
    xmp,
    unknown,
};

inline constexpr std::size_t kTags = static_cast<std::size_t>(Tag::unknown);

enum class Kind : std::uint8_t {
    phrase,   // stands in a line
    block,    // begins and ends lines
    cell,     // of a table, where words may stand
    frame,    // of a table: what holds cells, and no words of its own
    single,   // has no end and holds nothing
    raw,      // goes, as far as the next end tag of its name, whatever stands between
    nested,   // goes, with all of its name that it holds
    endless,  // goes, and the rest with it
};

Tag find_tag(std::string_view name);  // in any case
std::string_view name_of(Tag tag);
Kind kind_of(Tag tag);

// Any of a table but the table itself.
bool is_part_of_table(Tag tag);

}  // namespace lupaus::html
