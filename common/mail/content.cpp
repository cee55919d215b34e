#include "common/mail/content.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/field.hpp"
#include "common/mail/file_name.hpp"
#include "common/mail/flowed.hpp"
#include "common/mail/transfer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus::mail {

namespace {

// Smaller ones pass through memory: a store that has such bytes already can tell before it writes any.
constexpr std::size_t kKeptBytesMin = 1024 * 1024;

// What a part, or several in a row, say: each form is there or not, and is complete where it is.
struct Said {
    std::optional<std::string> text{};
    std::optional<std::string> html{};

    bool has_blank_text() const { return text && trim(*text).empty(); }

    bool is_silent() const { return !html && (!text || has_blank_text()); }
};

std::string_view without_brackets(std::string_view id) {
    id = trim(id);
    return id.starts_with('<') && id.ends_with('>') ? id.substr(1, id.size() - 2) : id;
}

std::string_view content_id_of(const Entity& entity) {
    return without_brackets(entity.id);
}

bool is_mail(const Entity& entity) {
    return entity.is("message/rfc822") || entity.is("message/global");
}

// Every line ends with \n, whatever it ended with.
std::string with_plain_lines(std::string text) {
    auto to = std::min(text.find('\r'), text.size());
    for (auto from = to; from < text.size();) {
        const bool is_pair = from + 1 < text.size() && text[from + 1] == '\n';
        text[to++] = '\n';
        from += is_pair ? 2 : 1;
        const auto end = std::min(text.find('\r', from), text.size());
        std::copy(text.data() + from, text.data() + end, text.data() + to);
        to += end - from;
        from = end;
    }
    text.resize(to);
    return text;
}

// Where nobody labelled the charset, the document may: <meta charset="shift_jis">.
std::string_view charset_in_html(std::string_view html) {
    constexpr std::size_t kLookedAt = 1024;
    constexpr std::string_view kMark = "charset=";
    html = html.substr(0, kLookedAt);
    const auto found = std::ranges::search(html, kMark, [](char a, char b) { return to_lower(a) == b; });
    auto label = html.substr(std::min(static_cast<std::size_t>(found.end() - html.begin()), html.size()));
    label.remove_prefix(std::min(label.find_first_not_of("\"' "), label.size()));
    return label.substr(0, label.find_first_of("\"'/>; "));
}

std::string as_html(std::string_view text) {
    std::string html = "<div>";
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '\n':
                html += "<br>\n";
                break;
            default:
                html += c;
        }
    }
    return html + "</div>\n";
}

class Reader {
public:
    Reader(const std::vector<Entity>& entities, const KeepPart& keep, Mail& mail)
        : entities_(entities), keep_(keep), mail_(mail) {}

    void run() {
        auto said = say(entities_.front());
        mail_.text = std::move(said.text).value_or("");
        mail_.html = std::move(said.html);
    }

private:
    Said say(const Entity& entity) {
        if (entity.children.empty()) {
            return say_leaf(entity);
        }
        if (entity.is("multipart/alternative")) {
            return say_alternative(entity);
        }
        if (entity.is("multipart/related")) {
            return say_related(entity);
        }
        std::vector<Said> row;
        for (const auto child : entity.children) {
            row.push_back(say(entities_[child]));
        }
        return join(std::move(row));
    }

    Said say_leaf(const Entity& entity, bool is_related = false) {
        const auto disposition = parse_parameters(entity.disposition);
        auto name = name_of(entity, disposition);
        const bool is_file = disposition.value == "attachment" || !name.empty();
        if (!is_file && entity.is("text/plain")) {
            return {.text = plain_text(entity), .html = {}};
        }
        if (!is_file && entity.is("text/html")) {
            return {.text = {}, .html = html_text(entity)};
        }
        // Some call a picture of the text an attachment, too.
        const bool is_picture = is_related && entity.type.value.starts_with("image/");
        const bool may_be_inline = disposition.value != "attachment" || is_picture;
        add_part(entity, std::move(name), may_be_inline ? Disposition::inlined : Disposition::attachment);
        return {};
    }

    // The last form that can be shown is the best. One with files in it may hold only a piece of the text besides.
    Said say_alternative(const Entity& entity) {
        Said best;
        std::vector<std::size_t> others;
        for (const auto child : entity.children) {
            if (is_other_form(entities_[child])) {
                others.push_back(child);
                continue;
            }
            auto said = say(entities_[child]);
            if (said.text && (!said.html || !best.text)) {
                best.text = std::move(said.text);
            }
            if (said.html && (!said.text || !best.html)) {
                best.html = std::move(said.html);
            }
        }
        if (best.html && best.has_blank_text()) {
            best.text.reset();  // written for nobody to read
        }
        // Nobody misses them beside a form that can be shown.
        for (const auto other : best.is_silent() ? others : std::vector<std::size_t>{}) {
            say(entities_[other]);
        }
        return best;
    }

    // The same once more for other readers, such as text/x-amp-html. An invitation is more than that.
    static bool is_other_form(const Entity& entity) {
        const std::string_view type = entity.type.value;
        return type.starts_with("text/") && type != "text/plain" && type != "text/html" && type != "text/calendar" &&
               entity.disposition.empty();
    }

    // The root is named by its Content-ID or comes first; what it shows follows.
    Said say_related(const Entity& entity) {
        const auto start = without_brackets(entity.type.find("start"));
        auto root = entity.children.front();
        for (const auto child : entity.children) {
            root = !start.empty() && content_id_of(entities_[child]) == start ? child : root;
        }
        std::vector<Said> row;
        row.push_back(say(entities_[root]));
        for (const auto child : entity.children) {
            const auto& part = entities_[child];
            if (child != root) {
                row.push_back(part.children.empty() ? say_leaf(part, true) : say(part));
            }
        }
        return join(std::move(row));
    }

    // One after the other. The whole is text where all of it is there as text, and html as soon as some of it is: then
    // what is only text comes along escaped.
    static Said join(std::vector<Said> row) {
        std::erase_if(row, [](const Said& said) { return said.is_silent(); });
        if (row.size() == 1) {
            return std::move(row.front());
        }
        Said whole;
        if (!row.empty() && std::ranges::all_of(row, [](const Said& said) { return said.text.has_value(); })) {
            auto& text = whole.text.emplace();
            for (const auto& said : row) {
                text += !text.empty() && !text.ends_with('\n') ? "\n" : "";
                text += *said.text;
            }
        }
        if (std::ranges::any_of(row, [](const Said& said) { return said.html.has_value(); })) {
            auto& html = whole.html.emplace();
            for (const auto& said : row) {
                html += said.html ? *said.html : as_html(*said.text);
            }
        }
        return whole;
    }

    std::string plain_text(const Entity& entity) {
        auto text = with_plain_lines(take(to_utf8(bytes_of(entity), entity.type.find("charset"))));
        if (!is_same_name(entity.type.find("format"), "flowed")) {
            return text;
        }
        return unflow(text, is_same_name(entity.type.find("delsp"), "yes"));
    }

    std::string html_text(const Entity& entity) {
        auto bytes = bytes_of(entity);
        auto label = std::string(entity.type.find("charset"));
        if (label.empty()) {
            label = charset_in_html(bytes);
        }
        return take(to_utf8(std::move(bytes), label));
    }

    // Only what has an id can be shown within the text.
    void add_part(const Entity& entity, std::string name, Disposition disposition) {
        Part part;
        part.content_type = entity.type.value;
        part.content_id = take(decode_field(content_id_of(entity)));
        part.disposition = part.content_id.empty() ? Disposition::attachment : disposition;
        if (keep_ && entity.body.size() > kKeptBytesMin && !is_mail(entity)) {
            part.kept = keep_({.body = entity.body, .encoding = entity.transfer_encoding});
        } else {
            part.bytes = bytes_of(entity);
        }
        part.name = std::move(name);
        if (part.name.empty() && is_mail(entity)) {
            part.name = mail_file_name(take(decode_field(find_field(header_of(part.bytes), "subject"))));
        } else if (part.name.empty()) {
            part.name = default_file_name(part.content_type);
        }
        mail_.parts.push_back(std::move(part));
    }

    std::string name_of(const Entity& entity, const Parameters& disposition) {
        auto name = clean_file_name(take(disposition.text("filename")));
        return name.empty() ? clean_file_name(take(entity.type.text("name"))) : name;
    }

    std::string take(Decoded decoded) {
        mail_.is_lossy |= decoded.is_lossy;
        return std::move(decoded.text);
    }

    const std::vector<Entity>& entities_;
    const KeepPart& keep_;
    Mail& mail_;
};

}  // namespace

void read_content(const std::vector<Entity>& entities, const KeepPart& keep, Mail& mail) {
    Reader(entities, keep, mail).run();
}

void Encoded::decode(const TakePiece& take) const {
    decode_transfer(body, encoding, take);
}

std::string bytes_of(const Entity& entity) {
    return decode_transfer(entity.body, entity.transfer_encoding);
}

}  // namespace lupaus::mail
