#include "common/html/entities.hpp"
#include "common/html/html.hpp"
#include "common/html/marks.hpp"
#include "common/html/rebuild.hpp"
#include "common/html/tokens.hpp"
#include "common/html/url.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

namespace lupaus::html {

namespace {

constexpr std::string_view kLinkRel = "noopener noreferrer nofollow";
constexpr std::string_view kContentId = "cid:";
constexpr std::size_t kNumberDigitsMax = 4;
constexpr std::size_t kLanguageMax = 35;

enum class Name : std::uint8_t {
    align,
    alt,
    colspan,
    data_src,
    dir,
    height,
    href,
    lang,
    rowspan,
    src,
    start,
    title,
    type,
    valign,
    value,
    width
};

constexpr std::array<std::string_view, 16> kNames{"align", "alt",    "colspan", "data-src", "dir",   "height",
                                                  "href",  "lang",   "rowspan", "src",      "start", "title",
                                                  "type",  "valign", "value",   "width"};

// What is of use of a start tag's attributes, as written; the first of a name is the one that counts.
struct Given {
    std::array<std::optional<std::string_view>, kNames.size()> values{};
    Mark mark = Mark::none;

    const std::optional<std::string_view>& operator[](Name name) const {
        return values.at(static_cast<std::size_t>(name));
    }

    std::optional<Url> url(Name name) const { return (*this)[name] ? read_url(*(*this)[name]) : std::nullopt; }
};

constexpr std::size_t kAttributeNameMax = 9;  // data-fold

Given read_given(Tag tag, std::string_view body) {
    Given given;
    Attributes attributes(body);
    while (auto attribute = attributes.next()) {
        if (attribute->name.size() > kAttributeNameMax) {
            continue;
        }
        const auto name = text::lower_ascii(attribute->name);
        const auto is_it = [&name](auto known) { return known.front() == name.front() && known == name; };
        if (const auto* known = std::ranges::find_if(kNames, is_it); known != kNames.end()) {
            auto& value = given.values.at(static_cast<std::size_t>(known - kNames.begin()));
            value = value ? value : attribute->value;
        }
        if (given.mark == Mark::none) {
            given.mark = read_mark(tag, {.name = name, .value = attribute->value});
        }
    }
    return given;
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= kNumberDigitsMax &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_length(std::string_view text) {
    return is_number(text.ends_with('%') ? text.substr(0, text.size() - 1) : text);
}

bool is_language(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= kLanguageMax && std::ranges::all_of(text, fits);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

// The attributes of one element as they shall be written.
class Written {
public:
    void add(std::string_view name, std::string_view value) {
        out_.append(" ").append(name).append("=");
        append_quoted(out_, value);
    }

    // A value that is understood as it is written, in any case.
    template <class Fits>
    void add_if(std::string_view name, const std::optional<std::string_view>& value, Fits fits) {
        if (value) {
            if (const auto word = text::lower_ascii(*value); fits(std::string_view(word))) {
                add(name, word);
            }
        }
    }

    void add_words(std::string_view name, const std::optional<std::string_view>& value) {
        if (value) {
            add(name, decode(*value));
        }
    }

    const std::string& text() const { return out_; }

private:
    std::string out_;
};

enum class Images : std::uint8_t { none, of_message, all, asked };

Images allowed(RemoteImages images) {
    switch (images) {
        case RemoteImages::on:
            return Images::all;
        case RemoteImages::asked:
            return Images::asked;
        case RemoteImages::off:
            break;
    }
    return Images::of_message;
}

class Sanitiser {
public:
    Sanitiser(std::string_view html, Images images) : tokens_(html), rebuild_(html.size()), images_(images) {}

    Sanitised run() {
        for (auto token = tokens_.next(); token.kind != Token::Kind::done; token = tokens_.next()) {
            switch (token.kind) {
                case Token::Kind::words:
                    rebuild_.words(decode(token.body));
                    break;
                case Token::Kind::start:
                    start(token);
                    break;
                default:
                    rebuild_.end(token.tag);
            }
        }
        sanitised_.html = rebuild_.finish();
        return std::move(sanitised_);
    }

private:
    void start(const Token& token) {
        const auto given = read_given(token.tag, token.body);
        if (token.tag == Tag::img && images_ == Images::none) {
            rebuild_.words(decode(given[Name::alt].value_or("")));
            return;
        }
        Written written;
        if (token.tag == Tag::a) {
            rebuild_.end_link();
            if (!write_link(written, given)) {
                return;
            }
        }
        if (token.tag == Tag::img && !write_image(written, given)) {
            return;
        }
        write_common(written, given);
        write_measures(written, token.tag, given);
        write_list(written, token.tag, given);
        rebuild_.start(token.tag, written.text());
    }

    static bool write_link(Written& written, const Given& given) {
        const auto url = given.url(Name::href);
        if (url) {
            written.add("href", url->text);
            written.add("rel", kLinkRel);
        }
        return url.has_value();
    }

    // False where nothing is left to show.
    bool write_image(Written& written, const Given& given) {
        auto source = given.url(Name::src);
        if (const auto kept = given.url(Name::data_src);
            images_ == Images::asked && !source && kept && is_remote(*kept)) {
            source = kept;
        }
        const bool is_own = source && source->scheme == Scheme::cid;
        const bool is_remote_source = source && is_remote(*source);
        const bool is_shown = is_own || (is_remote_source && images_ >= Images::all);
        const auto url = is_shown || is_remote_source ? source : given.url(Name::data_src);
        const bool is_usable = url && (is_shown || is_remote(*url));
        if (is_usable) {
            written.add(is_shown ? "src" : "data-src", url->text);
            sanitised_.has_remote_images |= is_remote(*url);
        }
        if (is_usable && is_own) {
            sanitised_.content_ids.push_back(url->text.substr(kContentId.size()));
        }
        const auto alternative = given[Name::alt].value_or("");
        written.add_words("alt", given[Name::alt]);
        return is_usable || !alternative.empty();
    }

    static void write_common(Written& written, const Given& given) {
        written.add_words("title", given[Name::title]);
        written.add_if("dir", given[Name::dir], [](auto word) { return is_one_of(word, {"ltr", "rtl", "auto"}); });
        written.add_if("lang", given[Name::lang], is_language);
        if (given.mark != Mark::none) {
            written.add(kMarkAttribute, to_string(given.mark));
        }
    }

    static void write_measures(Written& written, Tag tag, const Given& given) {
        const bool is_of_table = is_part_of_table(tag) || tag == Tag::table;
        if (kind_of(tag) == Kind::block || is_of_table || tag == Tag::img) {
            written.add_if("align", given[Name::align],
                           [](auto word) { return is_one_of(word, {"left", "right", "center", "justify", "middle"}); });
        }
        if (is_of_table || tag == Tag::img) {
            written.add_if("width", given[Name::width], is_length);
            written.add_if("height", given[Name::height], is_length);
            written.add_if("valign", given[Name::valign],
                           [](auto word) { return is_one_of(word, {"top", "middle", "bottom", "baseline"}); });
        }
        if (tag == Tag::td || tag == Tag::th) {
            written.add_if("colspan", given[Name::colspan], is_number);
            written.add_if("rowspan", given[Name::rowspan], is_number);
        }
    }

    static void write_list(Written& written, Tag tag, const Given& given) {
        if (tag == Tag::ol) {
            written.add_if("start", given[Name::start], is_number);
            if (given[Name::type] && is_one_of(*given[Name::type], {"1", "a", "A", "i", "I"})) {
                written.add("type", *given[Name::type]);
            }
        } else if (tag == Tag::li) {
            written.add_if("value", given[Name::value], is_number);
        } else if (tag == Tag::blockquote) {
            written.add_if("type", given[Name::type], [](auto word) { return word == "cite"; });
        }
    }

    Tokenizer tokens_;
    Rebuild rebuild_;
    Images images_;
    Sanitised sanitised_;
};

}  // namespace

Sanitised sanitise(std::string_view html, RemoteImages images) {
    return Sanitiser(html, allowed(images)).run();
}

std::string without_images(std::string_view html) {
    return Sanitiser(html, Images::none).run().html;
}

}  // namespace lupaus::html
