#include "common/html/entities.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace lupaus::html {

namespace {

// U+00A0 to U+00FF in their order. With these, and with four others, browsers do not insist on the semicolon.
constexpr std::string_view kLatin =
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 "
    "acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde "
    "Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc "
    "Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml "
    "aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc "
    "otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

struct Named {
    std::string_view name;
    char32_t code;
};

// What else HTML 4 names, and of HTML 5 what is written: ASCII's signs, spaces, letters of European languages.
constexpr std::array<Named, 274> kNamed{{
    {"Tab", 0x9},        {"NewLine", 0xa},
    {"excl", 0x21},      {"quot", 0x22},
    {"num", 0x23},       {"dollar", 0x24},
    {"percnt", 0x25},    {"amp", 0x26},
    {"apos", 0x27},      {"lpar", 0x28},
    {"rpar", 0x29},      {"ast", 0x2a},
    {"plus", 0x2b},      {"comma", 0x2c},
    {"period", 0x2e},    {"sol", 0x2f},
    {"colon", 0x3a},     {"semi", 0x3b},
    {"lt", 0x3c},        {"equals", 0x3d},
    {"gt", 0x3e},        {"quest", 0x3f},
    {"commat", 0x40},    {"lbrack", 0x5b},
    {"lsqb", 0x5b},      {"bsol", 0x5c},
    {"rbrack", 0x5d},    {"rsqb", 0x5d},
    {"lowbar", 0x5f},    {"grave", 0x60},
    {"lbrace", 0x7b},    {"lcub", 0x7b},
    {"vert", 0x7c},      {"rbrace", 0x7d},
    {"rcub", 0x7d},      {"NonBreakingSpace", 0xa0},
    {"half", 0xbd},      {"Amacr", 0x100},
    {"amacr", 0x101},    {"Abreve", 0x102},
    {"abreve", 0x103},   {"Aogon", 0x104},
    {"aogon", 0x105},    {"Cacute", 0x106},
    {"cacute", 0x107},   {"Ccaron", 0x10c},
    {"ccaron", 0x10d},   {"Dcaron", 0x10e},
    {"dcaron", 0x10f},   {"Dstrok", 0x110},
    {"dstrok", 0x111},   {"Emacr", 0x112},
    {"emacr", 0x113},    {"Eogon", 0x118},
    {"eogon", 0x119},    {"Ecaron", 0x11a},
    {"ecaron", 0x11b},   {"Gbreve", 0x11e},
    {"gbreve", 0x11f},   {"Imacr", 0x12a},
    {"imacr", 0x12b},    {"Idot", 0x130},
    {"inodot", 0x131},   {"Lstrok", 0x141},
    {"lstrok", 0x142},   {"Nacute", 0x143},
    {"nacute", 0x144},   {"Ncaron", 0x147},
    {"ncaron", 0x148},   {"Odblac", 0x150},
    {"odblac", 0x151},   {"OElig", 0x152},
    {"oelig", 0x153},    {"Rcaron", 0x158},
    {"rcaron", 0x159},   {"Sacute", 0x15a},
    {"sacute", 0x15b},   {"Scedil", 0x15e},
    {"scedil", 0x15f},   {"Scaron", 0x160},
    {"scaron", 0x161},   {"Tcaron", 0x164},
    {"tcaron", 0x165},   {"Umacr", 0x16a},
    {"umacr", 0x16b},    {"Uring", 0x16e},
    {"uring", 0x16f},    {"Udblac", 0x170},
    {"udblac", 0x171},   {"Yuml", 0x178},
    {"Zacute", 0x179},   {"zacute", 0x17a},
    {"Zdot", 0x17b},     {"zdot", 0x17c},
    {"Zcaron", 0x17d},   {"zcaron", 0x17e},
    {"fnof", 0x192},     {"circ", 0x2c6},
    {"caron", 0x2c7},    {"breve", 0x2d8},
    {"dot", 0x2d9},      {"ring", 0x2da},
    {"ogon", 0x2db},     {"tilde", 0x2dc},
    {"dblac", 0x2dd},    {"Alpha", 0x391},
    {"Beta", 0x392},     {"Gamma", 0x393},
    {"Delta", 0x394},    {"Epsilon", 0x395},
    {"Zeta", 0x396},     {"Eta", 0x397},
    {"Theta", 0x398},    {"Iota", 0x399},
    {"Kappa", 0x39a},    {"Lambda", 0x39b},
    {"Mu", 0x39c},       {"Nu", 0x39d},
    {"Xi", 0x39e},       {"Omicron", 0x39f},
    {"Pi", 0x3a0},       {"Rho", 0x3a1},
    {"Sigma", 0x3a3},    {"Tau", 0x3a4},
    {"Upsilon", 0x3a5},  {"Phi", 0x3a6},
    {"Chi", 0x3a7},      {"Psi", 0x3a8},
    {"Omega", 0x3a9},    {"alpha", 0x3b1},
    {"beta", 0x3b2},     {"gamma", 0x3b3},
    {"delta", 0x3b4},    {"epsilon", 0x3b5},
    {"zeta", 0x3b6},     {"eta", 0x3b7},
    {"theta", 0x3b8},    {"iota", 0x3b9},
    {"kappa", 0x3ba},    {"lambda", 0x3bb},
    {"mu", 0x3bc},       {"nu", 0x3bd},
    {"xi", 0x3be},       {"omicron", 0x3bf},
    {"pi", 0x3c0},       {"rho", 0x3c1},
    {"sigmaf", 0x3c2},   {"sigma", 0x3c3},
    {"tau", 0x3c4},      {"upsilon", 0x3c5},
    {"phi", 0x3c6},      {"chi", 0x3c7},
    {"psi", 0x3c8},      {"omega", 0x3c9},
    {"thetasym", 0x3d1}, {"upsih", 0x3d2},
    {"piv", 0x3d6},      {"ensp", 0x2002},
    {"emsp", 0x2003},    {"emsp13", 0x2004},
    {"emsp14", 0x2005},  {"numsp", 0x2007},
    {"puncsp", 0x2008},  {"thinsp", 0x2009},
    {"hairsp", 0x200a},  {"ZeroWidthSpace", 0x200b},
    {"zwnj", 0x200c},    {"zwj", 0x200d},
    {"lrm", 0x200e},     {"rlm", 0x200f},
    {"dash", 0x2010},    {"hyphen", 0x2010},
    {"ndash", 0x2013},   {"mdash", 0x2014},
    {"horbar", 0x2015},  {"lsquo", 0x2018},
    {"rsquo", 0x2019},   {"sbquo", 0x201a},
    {"ldquo", 0x201c},   {"rdquo", 0x201d},
    {"bdquo", 0x201e},   {"dagger", 0x2020},
    {"Dagger", 0x2021},  {"bull", 0x2022},
    {"bullet", 0x2022},  {"nldr", 0x2025},
    {"hellip", 0x2026},  {"mldr", 0x2026},
    {"permil", 0x2030},  {"prime", 0x2032},
    {"Prime", 0x2033},   {"lsaquo", 0x2039},
    {"rsaquo", 0x203a},  {"oline", 0x203e},
    {"frasl", 0x2044},   {"NoBreak", 0x2060},
    {"euro", 0x20ac},    {"incare", 0x2105},
    {"image", 0x2111},   {"ell", 0x2113},
    {"copysr", 0x2117},  {"weierp", 0x2118},
    {"real", 0x211c},    {"trade", 0x2122},
    {"alefsym", 0x2135}, {"frac13", 0x2153},
    {"frac23", 0x2154},  {"larr", 0x2190},
    {"uarr", 0x2191},    {"rarr", 0x2192},
    {"darr", 0x2193},    {"harr", 0x2194},
    {"crarr", 0x21b5},   {"lArr", 0x21d0},
    {"uArr", 0x21d1},    {"rArr", 0x21d2},
    {"dArr", 0x21d3},    {"hArr", 0x21d4},
    {"forall", 0x2200},  {"part", 0x2202},
    {"exist", 0x2203},   {"empty", 0x2205},
    {"nabla", 0x2207},   {"isin", 0x2208},
    {"notin", 0x2209},   {"ni", 0x220b},
    {"prod", 0x220f},    {"sum", 0x2211},
    {"minus", 0x2212},   {"lowast", 0x2217},
    {"radic", 0x221a},   {"prop", 0x221d},
    {"infin", 0x221e},   {"ang", 0x2220},
    {"and", 0x2227},     {"or", 0x2228},
    {"cap", 0x2229},     {"cup", 0x222a},
    {"int", 0x222b},     {"there4", 0x2234},
    {"sim", 0x223c},     {"cong", 0x2245},
    {"asymp", 0x2248},   {"ne", 0x2260},
    {"equiv", 0x2261},   {"le", 0x2264},
    {"ge", 0x2265},      {"sub", 0x2282},
    {"sup", 0x2283},     {"nsub", 0x2284},
    {"sube", 0x2286},    {"supe", 0x2287},
    {"oplus", 0x2295},   {"otimes", 0x2297},
    {"perp", 0x22a5},    {"sdot", 0x22c5},
    {"lceil", 0x2308},   {"rceil", 0x2309},
    {"lfloor", 0x230a},  {"rfloor", 0x230b},
    {"lang", 0x2329},    {"rang", 0x232a},
    {"loz", 0x25ca},     {"starf", 0x2605},
    {"star", 0x2606},    {"phone", 0x260e},
    {"female", 0x2640},  {"male", 0x2642},
    {"spades", 0x2660},  {"clubs", 0x2663},
    {"hearts", 0x2665},  {"diams", 0x2666},
    {"check", 0x2713},   {"cross", 0x2717},
}};

// What the bytes 0x80 to 0x9F are in windows-1252, where a number means them.
constexpr std::array<char32_t, 32> kWindows{0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                            0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                            0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

constexpr std::size_t kNameMax = 16;
constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kCodeMax = 0x10FFFF;

struct Meaning {
    char32_t code = 0;
    bool may_stand_open = false;  // without its semicolon
};

std::unordered_map<std::string_view, Meaning> make_names() {
    std::unordered_map<std::string_view, Meaning> names;
    for (const auto& [name, code] : kNamed) {
        const bool is_old = code == '&' || code == '<' || code == '>' || code == '"';
        names.emplace(name, Meaning{.code = code, .may_stand_open = is_old});
    }
    char32_t code = 0xA0;
    for (std::string_view rest = kLatin; !rest.empty(); ++code) {
        const auto end = std::min(rest.find(' '), rest.size());
        names.emplace(rest.substr(0, end), Meaning{.code = code, .may_stand_open = true});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return names;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
    if (is_digit(c)) {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char32_t character_of(char32_t number) {
    const bool is_surrogate = number >= 0xD800 && number <= 0xDFFF;
    if (number == 0 || number > kCodeMax || is_surrogate) {
        return kReplacement;
    }
    return number >= 0x80 && number < 0xA0 ? kWindows.at(number - 0x80) : number;
}

Reference read_number(std::string_view written) {
    const bool is_hex = written.size() > 2 && (written[2] == 'x' || written[2] == 'X');
    const std::size_t begin = is_hex ? 3 : 2;
    const char32_t base = is_hex ? 16 : 10;
    char32_t number = 0;
    std::size_t at = begin;
    for (; at < written.size(); ++at) {
        const int digit = hex_value(written[at]);
        if (digit < 0 || digit >= static_cast<int>(base)) {
            break;
        }
        number = std::min(number * base + static_cast<char32_t>(digit), kCodeMax + 1);
    }
    if (at == begin) {
        return {};
    }
    const bool is_closed = at < written.size() && written[at] == ';';
    return {.bytes = at + (is_closed ? 1 : 0), .code = character_of(number)};
}

Reference read_name(std::string_view written) {
    static const auto names = make_names();
    std::size_t at = 1;
    while (at < written.size() && at <= kNameMax && is_alphanumeric(written[at])) {
        ++at;
    }
    const auto found = names.find(written.substr(1, at - 1));
    if (found == names.end()) {
        return {};
    }
    const bool is_closed = at < written.size() && written[at] == ';';
    const bool is_open = !is_closed && found->second.may_stand_open && (at >= written.size() || written[at] != '=');
    return is_closed || is_open ? Reference{.bytes = at + (is_closed ? 1 : 0), .code = found->second.code}
                                : Reference{};
}

// Where the next of these is; find_first_of would search all of them for each sign of the text.
template <char... specials>
std::size_t find_any(std::string_view text, std::size_t at) {
    while (at < text.size() && ((text[at] != specials) && ...)) {
        ++at;
    }
    return at;
}

template <char... specials>
void append_escaped(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto special = find_any<specials...>(text, at);
        out.append(text.substr(at, special - at));
        at = special;
        if (at < text.size()) {
            const char c = text[at];
            out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;";
        }
    }
}

}  // namespace

Reference read_reference(std::string_view written) {
    if (written.size() < 2 || written[0] != '&') {
        return {};
    }
    return written[1] == '#' ? read_number(written) : read_name(written);
}

void append_utf8(std::string& out, char32_t code) {
    const auto tail = [&out, code](int shift) { out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0U | (code >> 6U));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0U | (code >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0U | (code >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string decode(std::string_view written) {
    std::string out;
    out.reserve(written.size());
    for (std::size_t at = 0; at < written.size();) {
        const auto special = find_any<'&', '\0'>(written, at);
        out.append(written.substr(at, special - at));
        at = special;
        if (at < written.size()) {
            const auto reference = read_reference(written.substr(at));
            if (reference.bytes > 0 || written[at] == '\0') {
                append_utf8(out, reference.bytes > 0 ? reference.code : kReplacement);
            } else {
                out += '&';
            }
            at += std::max<std::size_t>(reference.bytes, 1);
        }
    }
    return out;
}

void append_words(std::string& out, std::string_view text) {
    append_escaped<'&', '<', '>'>(out, text);
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped<'&', '<', '>', '"'>(out, text);
    out += '"';
}

}  // namespace lupaus::html
