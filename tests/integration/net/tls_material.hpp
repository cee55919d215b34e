// Certificates for tests, made on the spot. They sign themselves.
#pragma once

#include <gtest/gtest.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace lupaus::net::test {

// A fresh key and a certificate that signs itself, for the name given.
class Identity {
public:
    explicit Identity(const std::string& name, long valid_from_s = -60, long valid_to_s = 3600)
        : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(X509_new(), &X509_free) {
        auto* x509 = certificate_.get();
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), valid_from_s);
        X509_gmtime_adj(X509_getm_notAfter(x509), valid_to_s);
        X509_set_pubkey(x509, key_.get());
        auto* subject = X509_get_subject_name(x509);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                   0);
        X509_set_issuer_name(x509, subject);
        auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, name.c_str());
        X509_add_ext(x509, names, -1);
        X509_EXTENSION_free(names);
        X509_sign(x509, key_.get(), EVP_sha256());
    }

    void save_certificate(const std::filesystem::path& path) const {
        auto* file = std::fopen(path.c_str(), "w");
        ASSERT_NE(file, nullptr);
        PEM_write_X509(file, certificate_.get());
        std::fclose(file);
    }

    void save_key(const std::filesystem::path& path) const {
        auto* file = std::fopen(path.c_str(), "w");
        ASSERT_NE(file, nullptr);
        PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }

    EVP_PKEY* key() const { return key_.get(); }

    X509* certificate() const { return certificate_.get(); }

private:
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace lupaus::net::test
