# One folder, one target: lupaus_module(NAME common_base SOURCES a.cpp LINK x PRIVATE_LINK y QUERIES queries.sql)
# and one test binary: lupaus_test(NAME unit_base LABEL unit SOURCES a_test.cpp LINK lupaus_common_base).

add_library(lupaus_options INTERFACE)
target_include_directories(lupaus_options INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(lupaus_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough)
if(LUPAUS_WERROR)
    target_compile_options(lupaus_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_link_options(-fuse-ld=lld)
endif()

# Sanitizers must reach every object of the build, so they are global.
if(LUPAUS_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
elseif(LUPAUS_SANITIZE STREQUAL "thread")
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
    add_link_options(-fsanitize=thread)
elseif(LUPAUS_SANITIZE STREQUAL "fuzzer")
    add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address,undefined)
endif()

# One precompiled header for what runs and one for the tests; the code also builds without them. Who takes one takes the
# libraries of its headers: pqxx has variables in them that need its code.
add_library(lupaus_precompiled INTERFACE)
target_link_libraries(lupaus_precompiled INTERFACE lupaus_options lupaus_boost lupaus_json libpqxx::pqxx)

function(lupaus_precompile target header)
    add_library(${target} STATIC "${CMAKE_SOURCE_DIR}/cmake/pch.cpp")
    target_link_libraries(${target} PRIVATE lupaus_precompiled ${ARGN})
    target_precompile_headers(${target} PRIVATE "${CMAKE_SOURCE_DIR}/cmake/${header}")
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endfunction()
lupaus_precompile(lupaus_pch pch.hpp)
lupaus_precompile(lupaus_pch_tests pch_tests.hpp GTest::gmock)

function(lupaus_target_settings target)
    set(precompiled lupaus_pch)
    if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${CMAKE_SOURCE_DIR}/tests/")
        set(precompiled lupaus_pch_tests)
    endif()
    target_link_libraries(${target} PUBLIC lupaus_precompiled)
    target_precompile_headers(${target} REUSE_FROM ${precompiled})
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
endfunction()

# Generates <folder>/queries.sql.hpp: one lupaus::Query constant for each named block (cmake/EmbedSql.cmake).
function(lupaus_embed_sql target file)
    get_filename_component(source "${file}" ABSOLUTE)
    file(RELATIVE_PATH relative "${CMAKE_SOURCE_DIR}" "${source}")
    set(output "${CMAKE_BINARY_DIR}/generated/${relative}.hpp")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" -DINPUT=${source} -DRELATIVE=${relative} -DOUTPUT=${output}
                -P "${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake"
        DEPENDS "${source}" "${CMAKE_SOURCE_DIR}/cmake/EmbedSql.cmake" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()

# Generates embedded/NAME.hpp with the files' names and texts, in order: migrations, served documents.
function(lupaus_embed_files target name)
    set(output "${CMAKE_BINARY_DIR}/generated/embedded/${name}.hpp")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DINPUTS=${ARGN}" -DNAME=${name} -DOUTPUT=${output}
                -P "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake"
        DEPENDS ${ARGN} "${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
endfunction()

function(lupaus_module)
    cmake_parse_arguments(arg "" "NAME" "SOURCES;LINK;PRIVATE_LINK;QUERIES" ${ARGN})
    set(target lupaus_${arg_NAME})
    add_library(${target} STATIC ${arg_SOURCES})
    lupaus_target_settings(${target})
    target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
    foreach(file IN LISTS arg_QUERIES)
        lupaus_embed_sql(${target} "${file}")
    endforeach()
endfunction()

# Unit tests run without I/O; every other label gets the PostgreSQL cluster fixture of tests/support.
function(lupaus_test)
    cmake_parse_arguments(arg "" "NAME;LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
    add_executable(${arg_NAME} ${arg_SOURCES})
    lupaus_target_settings(${arg_NAME})
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LINK} lupaus_boost_sources GTest::gmock GTest::gtest_main)
    add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    set_tests_properties(${arg_NAME} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
    if(NOT arg_LABEL STREQUAL "unit")
        set_tests_properties(${arg_NAME} PROPERTIES FIXTURES_REQUIRED postgres
            ENVIRONMENT "LUPAUS_TEST_CLUSTER=${CMAKE_BINARY_DIR}/test-cluster/cluster.env")
    endif()
endfunction()
