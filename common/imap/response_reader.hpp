// Bytes to responses, however the network slices them. Sans-I/O and bounded: a literal is refused by its announced
// length before a byte of it is kept, and a line without an end at its limit. One thread.
// Errors, after which there is nothing more: too_large (a literal), invalid (anything else). Source: RFC 3501, 9051.
#pragma once

#include "common/base/error.hpp"
#include "common/base/limits.hpp"
#include "common/imap/response.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::imap {

struct ReaderLimits {
    std::size_t line_bytes_max = limits::kImapLineBytesMax;     // of a response without its literals
    std::size_t literal_bytes_max = limits::kImapMailBytesMax;  // of all literals of a response
};

class ResponseReader {
public:
    explicit ResponseReader(ReaderLimits limits = {}) : limits_(limits) {}

    void put(std::string_view bytes);
    std::optional<Result<Response>> next();  // nothing: it takes more bytes
    bool is_between_responses() const;       // nothing has been left over

private:
    void take_literal();
    bool take_line_part();  // true: the line has ended
    bool begin_literal();
    Result<Response> finish();
    void fail(Errc code, std::string detail);

    ReaderLimits limits_;
    std::string pending_;
    std::size_t at_ = 0;
    std::string line_;
    std::vector<std::string> literals_;
    std::uint64_t literal_left_ = 0;
    std::uint64_t literal_bytes_ = 0;
    std::optional<Error> failure_;
};

}  // namespace lupaus::imap
