#include "common/crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace lupaus::crypto {

namespace {

template <auto Free>
struct Deleter {
    template <class Object>
    void operator()(Object* object) const {
        Free(object);
    }
};

using Hash = std::unique_ptr<EVP_MD, Deleter<EVP_MD_free>>;
using HashContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Deleter<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>>;

void require(bool done, const char* what) {
    if (!done) {
        throw std::runtime_error(std::string("OpenSSL failed: ") + what);
    }
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_MD* sha256_algorithm() {
    static const Hash algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    require(algorithm != nullptr, "fetching SHA-256");
    return algorithm.get();
}

MacContext make_hmac_context() {
    static const Mac algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    require(algorithm != nullptr, "fetching HMAC");
    MacContext context(EVP_MAC_CTX_new(algorithm.get()));
    std::string digest = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                OSSL_PARAM_construct_end()};
    require(context != nullptr && EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1, "preparing HMAC");
    return context;
}

}  // namespace

Digest sha256(std::string_view bytes) {
    thread_local const HashContext context(EVP_MD_CTX_new());
    Digest digest{};
    require(context != nullptr && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1 &&
                EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1,
            "SHA-256");
    return digest;
}

struct Sha256::Context {
    HashContext hash{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    require(context_->hash != nullptr && EVP_DigestInit_ex2(context_->hash.get(), sha256_algorithm(), nullptr) == 1,
            "starting SHA-256");
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view part) {
    require(EVP_DigestUpdate(context_->hash.get(), part.data(), part.size()) == 1, "updating SHA-256");
}

Digest Sha256::finish() {
    Digest digest{};
    require(EVP_DigestFinal_ex(context_->hash.get(), digest.data(), nullptr) == 1, "finishing SHA-256");
    return digest;
}

Uuid sha256_uuid(std::string_view bytes) {
    const auto digest = sha256(bytes);
    Uuid id;
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    thread_local const MacContext context = make_hmac_context();
    // A null key would keep the previous one, and an empty view may be null.
    const auto* key_bytes = key.empty() ? bytes_of("") : bytes_of(key);
    require(EVP_MAC_init(context.get(), key_bytes, key.size(), nullptr) == 1, "starting HMAC");
    for (const auto part : parts) {
        require(EVP_MAC_update(context.get(), bytes_of(part), part.size()) == 1, "updating HMAC");
    }
    Digest digest{};
    std::size_t size = 0;
    require(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size(),
            "finishing HMAC");
    return digest;
}

std::string_view as_bytes(const Digest& digest) {
    return std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
}

bool constant_time_equal(std::string_view left, std::string_view right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace lupaus::crypto
