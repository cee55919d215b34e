#include "common/s3/signature.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <chrono>

namespace lupaus::s3 {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kDateForm = "yyyymmdd";

bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string encode(std::string_view text, std::string_view also_plain) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(c) || also_plain.find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded.append({'%', kHex[byte >> 4U], kHex[byte & 0x0fU]});
        }
    }
    return encoded;
}

// By their encoded names, then values: sorting comes after encoding.
std::string canonical_query(const Pairs& query) {
    Pairs encoded;
    for (const auto& [name, value] : query) {
        encoded.emplace_back(encode(name, ""), encode(value, ""));
    }
    std::ranges::sort(encoded);
    std::string text;
    for (const auto& [name, value] : encoded) {
        text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
    }
    return text;
}

std::string signed_headers(const Pairs& sorted) {
    std::string names;
    for (const auto& header : sorted) {
        names.append(names.empty() ? "" : ";").append(header.first);
    }
    return names;
}

Pairs sorted_headers(const Unsigned& request) {
    auto headers = request.headers;
    std::ranges::sort(headers);
    return headers;
}

std::string scope_of(const Key& key, std::string_view date) {
    return std::string(date.substr(0, kDateForm.size())) + "/" + key.region + "/s3/aws4_request";
}

std::string sign(const Key& key, std::string_view date, std::string_view text) {
    std::string secret("AWS4");
    secret.append(key.secret_key.reveal());
    auto derived = crypto::hmac_sha256(secret, {date.substr(0, kDateForm.size())});
    for (const auto piece : {std::string_view(key.region), std::string_view("s3"), std::string_view("aws4_request")}) {
        derived = crypto::hmac_sha256(crypto::as_bytes(derived), {piece});
    }
    return crypto::hex_encode(crypto::as_bytes(crypto::hmac_sha256(crypto::as_bytes(derived), {text})));
}

}  // namespace

std::string amz_date(Timestamp at) {
    auto text = to_rfc3339(at);  // 2013-05-24T00:00:00.000Z
    text.resize(text.find('.'));
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text + "Z";
}

std::string encode_path(std::string_view path) {
    return encode(path, "/");
}

std::string canonical_request(const Unsigned& request) {
    const auto headers = sorted_headers(request);
    std::string text = request.method + "\n" + encode_path(request.path) + "\n" + canonical_query(request.query) + "\n";
    for (const auto& [name, value] : headers) {
        text.append(name).append(":").append(value).append("\n");
    }
    return text.append("\n").append(signed_headers(headers)).append("\n").append(request.payload_hash);
}

std::string authorization(const Unsigned& request, const Key& key, Timestamp at) {
    const auto date = amz_date(at);
    const auto scope = scope_of(key, date);
    const auto hash = crypto::hex_encode(crypto::as_bytes(crypto::sha256(canonical_request(request))));
    const auto to_sign = std::string(kAlgorithm) + "\n" + date + "\n" + scope + "\n" + hash;
    return std::string(kAlgorithm) + " Credential=" + key.access_key + "/" + scope +
           ",SignedHeaders=" + signed_headers(sorted_headers(request)) + ",Signature=" + sign(key, date, to_sign);
}

}  // namespace lupaus::s3
