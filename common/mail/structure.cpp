#include "common/mail/structure.hpp"

#include "common/base/limits.hpp"
#include "common/mail/ascii.hpp"
#include "common/mail/field.hpp"
#include "common/mail/lines.hpp"

#include <algorithm>
#include <optional>
#include <string>

// A machine that is fed line by line. It is in the header of an entity, in its body, or between parts (before the first
// delimiter of a multipart and after its last). `open_` are the multiparts around the line, the outermost first: a
// delimiter of any of them ends whatever is open within. Where a part of a mail is broken, what Python's email package
// makes of it is made here, too.

namespace lupaus::mail {

namespace {

constexpr std::string_view kText = "text/plain";
constexpr std::string_view kMail = "message/rfc822";
constexpr std::size_t kTypeBytesMax = 255;  // RFC 6838, section 4.2: 127 on both sides
constexpr CharSet kSpecials("()<>@,;:\\\"[]?=");

// Two tokens (RFC 2045, section 5.1) with a slash between them.
bool is_type(std::string_view value) {
    const auto slash = value.find('/');
    const bool is_token = std::ranges::all_of(value, [](char c) { return c > ' ' && c < '\x7f' && !kSpecials.has(c); });
    return is_token && std::ranges::count(value, '/') == 1 && slash > 0 && slash + 1 < value.size() &&
           value.size() <= kTypeBytesMax;
}

class Scanner {
public:
    explicit Scanner(std::string_view bytes) : bytes_(bytes) {}

    Result<std::vector<Entity>> run() {
        constexpr std::size_t kUsualCount = 8;
        entities_.reserve(kUsualCount);
        LineReader lines(bytes_);
        begin_entity(0);
        while (const auto line = lines.next()) {
            if (!take_delimiter(*line) && state_ == State::header) {
                take_header_line(*line);
            }
            const bool is_rest_body = open_.empty() && state_ != State::header;
            if (refused_ || is_rest_body) {
                break;
            }
        }
        finish(0, bytes_.size());
        if (!refused_ && find_any_field().empty()) {
            refuse("there is no header field, so this is no mail");
        }
        if (refused_) {
            return *std::move(refused_);
        }
        std::ranges::for_each(entities_, demote_empty);
        return std::move(entities_);
    }

private:
    enum class State { header, body, between };

    struct Open {
        std::size_t entity = 0;
        std::string boundary{};
    };

    Entity& current() { return entities_.back(); }

    void begin_entity(std::size_t at) {
        entities_.emplace_back();
        state_ = State::header;
        begin_ = field_begin_ = at;
        content_begin_.reset();
    }

    void take_header_line(const Line& line) {
        const bool is_continued = line.text.starts_with(' ') || line.text.starts_with('\t');
        // A mailbox file's own line before the mail.
        const bool is_postmark = line.begin == 0 && (line.text.starts_with("From ") || line.text.starts_with(">From "));
        if (line.text.empty()) {
            return finish_header(line.begin, line.end);
        }
        if (!is_continued && !is_postmark && field_name_bytes(line.text) == 0) {
            return finish_header(line.begin, line.begin);
        }
        field_begin_ = is_continued ? field_begin_ : line.begin;
        if (!content_begin_ && (line.text.front() == 'C' || line.text.front() == 'c')) {
            content_begin_ = line.begin;
        }
        check_header(line.end);
    }

    void check_header(std::size_t end) {
        if (end - begin_ > limits::kMailHeaderBytesMax) {
            refuse("the header of the mail or of a part is longer than " + std::to_string(limits::kMailHeaderBytesMax) +
                   " bytes");
        } else if (end - field_begin_ > limits::kMailFieldBytesMax) {
            refuse("a header field is longer than " + std::to_string(limits::kMailFieldBytesMax) + " bytes");
        }
    }

    void finish_header(std::size_t end, std::size_t body) {
        auto& entity = current();
        entity.header = bytes_.substr(begin_, end - begin_);
        read_fields(entity, bytes_.substr(content_begin_.value_or(end), end - content_begin_.value_or(end)));
        begin_ = body;
        state_ = State::body;
        if (!is_type(entity.type.value)) {
            const bool is_digest = !open_.empty() && entities_[open_.back().entity].is("multipart/digest");
            entity.type.value = is_digest ? kMail : kText;
        }
        auto boundary = std::string(entity.type.find("boundary"));
        boundary.erase(boundary.find_last_not_of(kBlanks) + 1);
        if (!entity.type.value.starts_with("multipart/") || boundary.empty()) {
            return;
        }
        if (open_.size() == limits::kMailDepthMax) {
            return refuse("its parts are nested more than " + std::to_string(limits::kMailDepthMax) + " deep");
        }
        entity.body = bytes_.substr(body);
        open_.push_back({.entity = entities_.size() - 1, .boundary = std::move(boundary)});
        state_ = State::between;
    }

    // Of a piece of the header that has all fields whose names begin like theirs.
    static void read_fields(Entity& entity, std::string_view piece) {
        constexpr std::string_view kPrefix = "content-";
        FieldReader fields(piece);
        std::string_view type;
        while (const auto field = fields.next()) {
            if (!is_same_name(field->name.substr(0, kPrefix.size()), kPrefix)) {
                continue;
            }
            const auto name = field->name.substr(kPrefix.size());
            auto* view = is_same_name(name, "type")                ? &type
                         : is_same_name(name, "disposition")       ? &entity.disposition
                         : is_same_name(name, "transfer-encoding") ? &entity.transfer_encoding
                         : is_same_name(name, "id")                ? &entity.id
                                                                   : nullptr;
            if (view != nullptr && view->empty()) {
                *view = field->value;
            }
        }
        entity.type = parse_parameters(type);
    }

    bool take_delimiter(const Line& line) {
        if (!line.text.starts_with("--")) {
            return false;
        }
        const auto said = line.text.substr(2, line.text.find_last_not_of(" \t") - 1);
        for (auto level = open_.size(); level-- > 0;) {
            const auto& boundary = open_[level].boundary;
            if (said == boundary) {
                // Two in a row are one: there is no part between them.
                if (state_ == State::header && begin_ == line.begin && level + 1 == open_.size()) {
                    begin_ = field_begin_ = line.end;
                    return true;
                }
                finish(level + 1, line.begin);
                begin_part(open_[level].entity, line.end);
                return true;
            }
            if (said.starts_with(boundary) && said.substr(boundary.size()) == "--") {
                finish(level, line.begin);
                return true;
            }
        }
        return false;
    }

    void begin_part(std::size_t parent, std::size_t at) {
        if (entities_.size() > limits::kMailPartsMax) {
            return refuse("it has more than " + std::to_string(limits::kMailPartsMax) + " parts");
        }
        entities_[parent].children.push_back(entities_.size());
        begin_entity(at);
    }

    // What is open ends at a line: the part, and the multiparts from a level on.
    void finish(std::size_t level, std::size_t end) {
        if (state_ == State::header) {
            finish_header(end, end);
        }
        end = without_line_end(end);
        if (state_ == State::body) {
            current().body = bytes_.substr(begin_, std::max(end, begin_) - begin_);
        }
        for (; open_.size() > level; open_.pop_back()) {
            auto& body = entities_[open_.back().entity].body;
            const auto begin = static_cast<std::size_t>(body.data() - bytes_.data());
            body = bytes_.substr(begin, std::max(end, begin) - begin);
        }
        state_ = State::between;
    }

    // The line end before a delimiter is a part of it; the end of the mail is no delimiter.
    std::size_t without_line_end(std::size_t end) const {
        if (end < bytes_.size() && end > 0) {
            end -= bytes_[end - 1] == '\n' ? 1 : 0;
            end -= end > 0 && bytes_[end - 1] == '\r' ? 1 : 0;
        }
        return end;
    }

    std::string_view find_any_field() const {
        const auto field = FieldReader(entities_.front().header).next();
        return field ? field->name : std::string_view{};
    }

    // A multipart in which no part begins is the text that it holds.
    static void demote_empty(Entity& entity) {
        if (entity.type.value.starts_with("multipart/") && entity.children.empty()) {
            entity.type.value = kText;
        }
    }

    void refuse(std::string reason) { refused_ = Error{.code = Errc::invalid, .detail = std::move(reason)}; }

    std::string_view bytes_;
    std::vector<Entity> entities_{};
    std::vector<Open> open_{};
    State state_ = State::header;
    std::size_t begin_ = 0;  // of the header or body that is being read
    std::size_t field_begin_ = 0;
    std::optional<std::size_t> content_begin_{};  // the first field that may be one of Content-…
    std::optional<Error> refused_{};
};

}  // namespace

Result<std::vector<Entity>> take_apart(std::string_view bytes) {
    return Scanner(bytes).run();
}

}  // namespace lupaus::mail
