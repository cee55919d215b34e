# Turns `-- name: claim_next_batch` blocks of INPUT into constants `claim_next_batch` of type lupaus::Query, in the
# namespace of the folder (services/desk/promise -> lupaus::desk::promise::sql), plus the array kAll for the tests.
cmake_minimum_required(VERSION 3.25)
file(READ "${INPUT}" rest)
get_filename_component(folder "${RELATIVE}" DIRECTORY)
string(REGEX REPLACE "^(services/lupaus|services|common|tests)/" "" scope "${folder}")
string(REPLACE "/" "::" namespace "lupaus::${scope}::sql")
string(REPLACE "/" "_" prefix "${scope}")

set(body "")
set(names "")
set(marker "-- name: ")
string(FIND "${rest}" "${marker}" at)
while(NOT at EQUAL -1)
    string(SUBSTRING "${rest}" ${at} -1 rest)
    string(LENGTH "${marker}" skip)
    string(SUBSTRING "${rest}" ${skip} -1 rest)
    string(FIND "${rest}" "\n" line_end)
    string(SUBSTRING "${rest}" 0 ${line_end} name)
    string(STRIP "${name}" name)
    string(SUBSTRING "${rest}" ${line_end} -1 rest)
    string(FIND "${rest}" "${marker}" at)
    string(SUBSTRING "${rest}" 0 ${at} text)
    string(APPEND body "inline constexpr Query ${name}{\"${prefix}_${name}\", R\"lupaus_sql(${text})lupaus_sql\"};\n")
    string(APPEND names "    &${name},\n")
endwhile()

file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [=[
// Generated from @RELATIVE@.
#pragma once
#include "common/postgres/query.hpp"
namespace @namespace@ {
@body@
inline constexpr const Query* kAll[] = {
@names@};
}
]=] @ONLY NEWLINE_STYLE LF)
