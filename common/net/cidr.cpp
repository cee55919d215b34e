#include "common/net/cidr.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <charconv>

namespace lupaus::net {

namespace asio = boost::asio;
using asio::ip::address;

bool Cidr::contains(const address& which) const {
    if (network.is_v4()) {
        const auto plain = unmapped(which);
        const auto mask = prefix == 0 ? 0U : ~0U << (32U - static_cast<unsigned>(prefix));
        return plain.is_v4() && (plain.to_v4().to_uint() & mask) == (network.to_v4().to_uint() & mask);
    }
    if (!which.is_v6()) {
        return false;
    }
    const auto mine = network.to_v6().to_bytes();
    const auto theirs = which.to_v6().to_bytes();
    int left = prefix;
    for (std::size_t i = 0; i < mine.size() && left > 0; ++i, left -= 8) {
        const auto mask = left >= 8 ? 0xffU : 0xffU << static_cast<unsigned>(8 - left) & 0xffU;
        if ((mine[i] & mask) != (theirs[i] & mask)) {
            return false;
        }
    }
    return true;
}

Result<Cidr> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    boost::system::error_code error;
    Cidr cidr;
    cidr.network = asio::ip::make_address(std::string(text.substr(0, slash)), error);
    const int widest = cidr.network.is_v4() ? 32 : 128;
    cidr.prefix = widest;
    bool is_good = !error;
    if (is_good && slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, cidr.prefix);
        is_good = parsed.ec == std::errc{} && parsed.ptr == end && cidr.prefix >= 0 && cidr.prefix <= widest;
    }
    if (!is_good) {
        return Error{.code = Errc::invalid,
                     .detail = "\"" + std::string(text) + "\" is no network such as 10.0.0.0/8."};
    }
    return cidr;
}

std::vector<Cidr> networks(std::span<const std::string> ranges) {
    std::vector<Cidr> parsed;
    for (const auto& range : ranges) {
        parsed.push_back(parse_cidr(range).value());
    }
    return parsed;
}

bool contains(std::span<const Cidr> networks, const address& which) {
    return std::ranges::any_of(networks, [&which](const auto& network) { return network.contains(which); });
}

address unmapped(const address& which) {
    const bool is_mapped = which.is_v6() && which.to_v6().is_v4_mapped();
    return is_mapped ? make_address_v4(asio::ip::v4_mapped, which.to_v6()) : which;
}

}  // namespace lupaus::net
