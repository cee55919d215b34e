#include "common/mail/charset.hpp"

#include "common/mail/ascii.hpp"
#include "common/text/utf8.hpp"

#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>

#include <iconv.h>

namespace lupaus::mail {

namespace {

struct Charset {
    std::string_view name;    // as iconv knows it
    std::string_view labels;  // as mails have it, in lower case
};

constexpr std::string_view kUtf8 = "UTF-8";
constexpr std::string_view kWindows1252 = "CP1252";
constexpr std::string_view kJapaneseMail = "ISO-2022-JP";

constexpr Charset kCharsets[] = {
    {kUtf8, "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 cp65001"},
    {kWindows1252,
     "windows-1252 x-cp1252 cp1252 cp819 ibm819 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
     "iso-ir-100 csisolatin1 latin1 latin-1 l1 8859-1 x-ansi ansi"},
    {"ISO-8859-2", "iso-8859-2 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 iso-ir-101 csisolatin2 latin2 l2"},
    {"ISO-8859-3", "iso-8859-3 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 iso-ir-109 csisolatin3 latin3 l3"},
    {"ISO-8859-4", "iso-8859-4 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 iso-ir-110 csisolatin4 latin4 l4"},
    {"ISO-8859-5", "iso-8859-5 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988 iso-ir-144 csisolatincyrillic cyrillic"},
    {"ISO-8859-6",
     "iso-8859-6 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987 iso-ir-127 iso-8859-6-e iso-8859-6-i "
     "csiso88596e csiso88596i csisolatinarabic arabic asmo-708 ecma-114"},
    {"ISO-8859-7",
     "iso-8859-7 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987 iso-ir-126 csisolatingreek greek greek8 "
     "ecma-118 elot_928 sun_eu_greek"},
    {"ISO-8859-8",
     "iso-8859-8 iso8859-8 iso88598 iso_8859-8 iso_8859-8:1988 iso-ir-138 iso-8859-8-e iso-8859-8-i "
     "csiso88598e csiso88598i csisolatinhebrew hebrew logical visual"},
    {"CP1254",
     "windows-1254 x-cp1254 cp1254 iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 "
     "csisolatin5 latin5 l5"},
    {"ISO-8859-10", "iso-8859-10 iso8859-10 iso885910 iso-ir-157 csisolatin6 latin6 l6"},
    {"CP874", "windows-874 cp874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 tis620"},
    {"ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    {"ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    {"ISO-8859-15", "iso-8859-15 iso8859-15 iso885915 iso_8859-15 csisolatin9 latin-9 latin9 l9"},
    {"ISO-8859-16", "iso-8859-16 iso8859-16"},
    {"CP1250", "windows-1250 x-cp1250 cp1250"},
    {"CP1251", "windows-1251 x-cp1251 cp1251"},
    {"CP1253", "windows-1253 x-cp1253 cp1253"},
    {"CP1255", "windows-1255 x-cp1255 cp1255"},
    {"CP1256", "windows-1256 x-cp1256 cp1256"},
    {"CP1257", "windows-1257 x-cp1257 cp1257"},
    {"CP1258", "windows-1258 x-cp1258 cp1258"},
    {"KOI8-R", "koi8-r koi8_r koi8 koi cskoi8r"},
    {"KOI8-U", "koi8-u koi8-ru"},
    {"CP866", "ibm866 cp866 csibm866 866"},
    {"CP437", "ibm437 cp437 cp-437 437"},
    {"CP850", "ibm850 cp850 cp-850 850"},
    {"CP852", "ibm852 cp852 cp-852 852"},
    {"MACINTOSH", "macintosh mac x-mac-roman csmacintosh"},
    {"GB18030",
     "gb18030 gbk x-gbk gb2312 gb_2312 gb_2312-80 gb2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 "
     "cp936 ms936 windows-936 euc-cn x-euc-cn"},
    {"BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 windows-950"},
    {"CP932", "shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis windows-31j cp932 ms932 windows-932"},
    {"EUC-JP-MS", "euc-jp x-euc-jp cseucpkdfmtjapanese eucjp"},
    {kJapaneseMail, "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-ms cp50220 cp50221 cp50222"},
    {"ISO-2022-JP-2", "iso-2022-jp-2 csiso2022jp2"},
    {"CP949",
     "euc-kr cseuckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 csksc56011987 iso-ir-149 korean "
     "windows-949 cp949 ms949 uhc x-windows-949"},
    {"ISO-2022-KR", "iso-2022-kr csiso2022kr"},
    {"UTF-7", "utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7"},
    {"UTF-16", "utf-16 unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff"},
    {"UTF-16LE", "utf-16le"},
    {"UTF-16BE", "utf-16be unicodefffe"},
    {"UTF-32", "utf-32 ucs-4 iso-10646-ucs-4"},
};

std::unordered_map<std::string_view, std::string_view> make_names() {
    std::unordered_map<std::string_view, std::string_view> names;
    for (const auto& charset : kCharsets) {
        for (auto rest = charset.labels; !rest.empty();) {
            const auto blank = std::min(rest.find(' '), rest.size());
            names.emplace(rest.substr(0, blank), charset.name);
            rest.remove_prefix(std::min(blank + 1, rest.size()));
        }
    }
    return names;
}

// Empty: unknown, or none.
std::string_view find_name(std::string_view label) {
    static const auto kNames = make_names();
    const auto found = kNames.find(to_lower(trim(label)));
    return found == kNames.end() ? std::string_view{} : found->second;
}

// Where ASCII bytes may stand for something else.
bool is_stateful_or_wide(std::string_view name) {
    return name.starts_with("ISO-2022") || name.starts_with("UTF-7") || name.starts_with("UTF-16") ||
           name.starts_with("UTF-32");
}

class Converter {
public:
    explicit Converter(std::string_view name)
        : handle_(::iconv_open("UTF-8", std::string(name).c_str())),
          unit_(name.starts_with("UTF-16")   ? 2
                : name.starts_with("UTF-32") ? 4
                                             : 1) {}

    ~Converter() {
        if (is_open()) {
            ::iconv_close(handle_);
        }
    }

    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    Decoded run(std::string_view bytes) {
        Decoded decoded;
        decoded.text.reserve(bytes.size());
        ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        auto* from = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
        for (auto left = bytes.size(); left > 0;) {
            const int error = step(&from, &left, decoded.text);
            if (error == EILSEQ || error == EINVAL) {
                const auto skipped = error == EINVAL ? left : std::min(unit_, left);
                from += skipped;
                left -= skipped;
                decoded.text += text::kReplacement;
                decoded.is_lossy = true;
            }
        }
        step(nullptr, nullptr, decoded.text);
        return decoded;
    }

private:
    int step(char** from, std::size_t* left, std::string& text) {
        std::array<char, 4096> buffer;
        auto* to = buffer.data();
        auto room = buffer.size();
        errno = 0;
        const auto count = ::iconv(handle_, from, left, &to, &room);
        const int error = count == static_cast<std::size_t>(-1) ? errno : 0;
        text.append(buffer.data(), buffer.size() - room);
        return error;
    }

    iconv_t handle_;
    std::size_t unit_;
};

// A hostile header changes its charset every few bytes, and opening a converter is dear: each thread keeps those that
// it had to open, at most one of each in the list.
Converter* find_converter(std::string_view name) {
    thread_local std::map<std::string_view, Converter> open;
    auto& converter = open.try_emplace(name, name).first->second;
    return converter.is_open() ? &converter : nullptr;
}

// Mails in ISO-2022-JP hold characters of NEC's row 13 that iconv refuses there and knows in EUC. The two differ in how
// a character set is chosen: by escape sequences, and by the high bits.
std::string to_euc(std::string_view bytes) {
    std::string euc;
    euc.reserve(bytes.size() + bytes.size() / 2);
    enum class Set { ascii, katakana, kanji } set = Set::ascii;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const auto escape = bytes.substr(at, 3);
        if (escape == "\x1b$@" || escape == "\x1b$B") {
            set = Set::kanji;
            at += 2;
        } else if (escape == "\x1b(B" || escape == "\x1b(J") {
            set = Set::ascii;
            at += 2;
        } else if (escape == "\x1b(I") {
            set = Set::katakana;
            at += 2;
        } else if (set == Set::ascii || bytes[at] <= ' ') {
            euc += bytes[at];
        } else {
            euc += set == Set::katakana ? "\x8e" : "";
            euc += static_cast<char>(static_cast<unsigned char>(bytes[at]) | 0x80U);
        }
        // A line begins in ASCII (RFC 1468), whatever the one before forgot.
        if (bytes[at] == '\n') {
            set = Set::ascii;
        }
    }
    return euc;
}

Decoded without_nul(Decoded decoded) {
    if (text::has_nul(decoded.text)) {
        std::erase(decoded.text, '\0');
        decoded.is_lossy = true;
    }
    return decoded;
}

Decoded from_utf8(std::string bytes) {
    auto decoded = without_nul({.text = std::move(bytes)});
    if (decoded.text.starts_with("\xEF\xBB\xBF")) {
        decoded.text.erase(0, 3);
    }
    if (!text::is_valid_utf8(decoded.text)) {
        decoded.text = text::repair_utf8(decoded.text);
        decoded.is_lossy = true;
    }
    return decoded;
}

Decoded convert(std::string_view bytes, std::string_view name) {
    auto* converter = find_converter(name);
    return converter == nullptr ? from_utf8(std::string(bytes)) : without_nul(converter->run(bytes));
}

}  // namespace

Decoded to_utf8(std::string bytes, std::string_view label) {
    const auto name = label.empty() ? std::string_view{} : find_name(label);
    if (name == kUtf8 || (!is_stateful_or_wide(name) && is_ascii(bytes))) {
        return from_utf8(std::move(bytes));
    }
    if (name.empty()) {
        return text::is_valid_utf8(bytes) ? from_utf8(std::move(bytes)) : convert(bytes, kWindows1252);
    }
    return name == kJapaneseMail ? convert(to_euc(bytes), "EUC-JP-MS") : convert(bytes, name);
}

}  // namespace lupaus::mail
