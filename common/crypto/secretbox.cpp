#include "common/crypto/secretbox.hpp"

#include "common/crypto/digest.hpp"
#include "common/crypto/token.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace lupaus::crypto {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kNonceAt = 1 + kKeyIdBytes;
constexpr std::size_t kCipherAt = kNonceAt + crypto_secretbox_NONCEBYTES;

static_assert(crypto_secretbox_KEYBYTES == 32);

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Error damage(std::string_view what) {
    return Error{.code = Errc::internal, .detail = std::string(what)};
}

}  // namespace

SecretBox::SecretBox(const Secret& key) {
    if (key.reveal().size() != key_.size()) {
        throw std::invalid_argument("a secret box takes a key of 32 bytes");
    }
    std::ranges::copy(key.reveal(), key_.begin());
    const auto digest = sha256(key.reveal());
    std::copy_n(digest.begin(), key_id_.size(), key_id_.begin());
}

SecretBox::~SecretBox() {
    sodium_memzero(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view plain) const {
    std::string sealed(1, kVersion);
    sealed.append(key_id_.begin(), key_id_.end());
    sealed += random_bytes(crypto_secretbox_NONCEBYTES);
    sealed.resize(kCipherAt + crypto_secretbox_MACBYTES + plain.size());
    auto* out = reinterpret_cast<unsigned char*>(sealed.data());
    if (crypto_secretbox_easy(out + kCipherAt, bytes_of(plain), plain.size(), out + kNonceAt, key_.data()) != 0) {
        throw std::runtime_error("libsodium failed to seal");
    }
    return sealed;
}

Result<std::string> SecretBox::open(std::string_view sealed) const {
    if (sealed.size() < kCipherAt + crypto_secretbox_MACBYTES || sealed[0] != kVersion) {
        return damage("a sealed secret is damaged or of an unknown version");
    }
    if (!std::ranges::equal(sealed.substr(1, kKeyIdBytes), key_id_, {},
                            [](char c) { return static_cast<std::uint8_t>(c); })) {
        return damage("a secret was sealed with another key than the one in secret.key_file");
    }
    std::string plain(sealed.size() - kCipherAt - crypto_secretbox_MACBYTES, '\0');
    const auto* in = bytes_of(sealed);
    if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(plain.data()), in + kCipherAt,
                                   sealed.size() - kCipherAt, in + kNonceAt, key_.data()) != 0) {
        return damage("a sealed secret is damaged");
    }
    return plain;
}

Digest SecretBox::sign(std::string_view purpose, std::string_view text) const {
    return hmac_sha256(as_bytes(hmac_sha256(as_bytes(key_), {purpose})), {text});
}

}  // namespace lupaus::crypto
