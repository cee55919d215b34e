# Writes the texts of INPUTS as `lupaus::embedded::NAME`, an array of {file name, text}. A raw string literal holds at
# most 64 KiB portably, so the text is cut into pieces that the compiler joins.
cmake_minimum_required(VERSION 3.25)
set(body "")
foreach(input IN LISTS INPUTS)
    get_filename_component(file_name "${input}" NAME)
    file(READ "${input}" text)
    string(APPEND body "    File{\"${file_name}\", ")
    string(LENGTH "${text}" length)
    set(at 0)
    while(at LESS length)
        string(SUBSTRING "${text}" ${at} 16000 piece)
        string(APPEND body "R\"lupaus_text(${piece})lupaus_text\"\n")
        math(EXPR at "${at} + 16000")
    endwhile()
    string(APPEND body "},\n")
endforeach()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [=[
// Generated.
#pragma once
#include <string_view>
namespace lupaus::embedded {
#ifndef LUPAUS_EMBEDDED_FILE
#define LUPAUS_EMBEDDED_FILE
struct File {
    std::string_view name;
    std::string_view text;
};
#endif
inline constexpr File @NAME@[] = {
@body@};
}
]=] @ONLY NEWLINE_STYLE LF)
