# Every third-party library the program links, found once and given to the folders that ask for it.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(libpqxx 7.7 CONFIG REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date 3 REQUIRED)
find_package(GTest REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)

# Asio and Beast are compiled once, in common/net/boost_*.cpp.
add_library(lupaus_boost INTERFACE)
target_link_libraries(lupaus_boost INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(lupaus_boost INTERFACE
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_DATE_TIME BOOST_BEAST_USE_STD_STRING_VIEW)

add_library(lupaus_json INTERFACE)
target_link_libraries(lupaus_json INTERFACE nlohmann_json::nlohmann_json)
target_compile_definitions(lupaus_json INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)
