#include "common/net/message_parser.hpp"
#include "common/net/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace lupaus::net {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

// Memory is taken as bytes arrive: a large Content-Length alone buys an attacker nothing.
constexpr std::size_t kBodyReserveMax = 256 * 1024;
constexpr int kHttp11 = 11;  // as Beast counts versions

// Writes straight into a Request, so that nothing is copied twice.
class Grammar : public http::basic_parser<true> {
public:
    Grammar(Request& request, std::size_t header_bytes_max) : request_(request) {
        // Counted by RequestParser: Beast's own limit starts anew with every piece that arrives.
        header_limit(static_cast<std::uint32_t>(header_bytes_max + 1));
        body_limit(boost::none);
    }

    int version() const { return version_; }

private:
    void on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target, int version,
                         error_code&) override {
        version_ = version;
        request_.method = net::parse_method(method);
        request_.method_name = method;
        request_.target = target;
    }

    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

    void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& error) override {
        if (is_header_done()) {
            return;  // a trailer; taken as a field it could replace what was checked already
        }
        try {
            request_.headers.add(name, value);
        } catch (const std::invalid_argument&) {
            error = http::error::bad_value;
        }
    }

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) {
            request_.body.reserve(std::min(static_cast<std::size_t>(*length), kBodyReserveMax));
        }
    }

    std::size_t on_body_impl(boost::beast::string_view bytes, error_code&) override {
        request_.body.append(bytes);
        return bytes.size();
    }

    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view bytes, error_code&) override {
        request_.body.append(bytes);
        return bytes.size();
    }

    void on_finish_impl(error_code&) override {}

    Request& request_;
    int version_ = 0;
};

// "… HTTP/2.0" on the request line: another version, and not a line that is broken in some other way.
bool names_other_version(std::string_view bytes) {
    const auto line = bytes.substr(0, bytes.find("\r\n"));
    const auto version = line.substr(line.rfind(' ') + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && version != "HTTP/1.1" && version != "HTTP/1.0";
}

// Beast waits for the blank line before it looks at the rest, so this would only end with the header wait.
bool has_bare_line_feed(std::string_view bytes) {
    for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        if (at == 0 || bytes[at - 1] != '\r') {
            return true;
        }
    }
    return false;
}

// RFC 9112, section 2.2: empty lines before the request line are forgiven.
std::size_t blank_lines_size(std::string_view bytes) {
    std::size_t size = 0;
    while (bytes.substr(size).starts_with("\r\n")) {
        size += 2;
    }
    return size;
}

// "X: a\r\n b": one value to Beast and to RFC 9112, section 5.2, if it is not refused; two lines to other readers.
bool has_folded_line(std::string_view header) {
    for (auto at = header.find('\n'); at != std::string_view::npos; at = header.find('\n', at + 1)) {
        if (at + 1 < header.size() && (header[at + 1] == ' ' || header[at + 1] == '\t')) {
            return true;
        }
    }
    return false;
}

}  // namespace

struct RequestParser::Impl {
    std::optional<Grammar> grammar;
    Request* request = nullptr;
    std::size_t header_bytes = 0;
};

RequestParser::RequestParser(std::size_t header_bytes_max)
    : header_bytes_max_(header_bytes_max), impl_(std::make_unique<Impl>()) {}

RequestParser::~RequestParser() = default;

void RequestParser::start(Request& request) {
    impl_->grammar.emplace(request, header_bytes_max_);
    impl_->request = &request;
    impl_->header_bytes = 0;
}

Progress RequestParser::put(std::string_view bytes, std::size_t& used) {
    const auto blank = impl_->grammar->got_some() ? 0 : blank_lines_size(bytes);
    const auto message = bytes.substr(blank);
    used = 0;
    // Half an empty line is left until its other half is there: alone, Beast would take it for a method.
    const bool has_begun = impl_->grammar->got_some() || (!message.empty() && message != "\r");
    const auto progress = has_begun ? put_message(message, used) : Progress::need_more;
    used += blank;
    return progress;
}

Progress RequestParser::put_message(std::string_view bytes, std::size_t& used) {
    auto& grammar = *impl_->grammar;
    const bool was_in_header = !grammar.is_header_done();
    error_code error;
    grammar.eager(!was_in_header);
    used = grammar.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (was_in_header) {
        impl_->header_bytes += used;
        const auto waiting = grammar.is_header_done() ? 0 : bytes.size() - used;
        if (error == http::error::header_limit || impl_->header_bytes + waiting > header_bytes_max_) {
            return refuse(431, "The header is longer than " + std::to_string(header_bytes_max_) + " bytes.");
        }
    }
    if (error == http::error::body_limit) {
        return refuse(413, "The body is longer than this path allows.");
    }
    if (error == http::error::bad_version && names_other_version(bytes)) {
        return refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    }
    if (error && error != http::error::need_more) {
        return refuse(400, "This is not HTTP: " + error.message() + ".");
    }
    if (was_in_header && has_folded_line(bytes.substr(0, used))) {
        return refuse(400, "A header field goes on in the next line.");
    }
    if (was_in_header && grammar.is_header_done()) {
        return finish_header();
    }
    if (was_in_header && bytes.find("\r\n\r\n", used) != std::string_view::npos) {
        return refuse(400, "This is not HTTP: the header has ended too early.");
    }
    if (was_in_header && has_bare_line_feed(bytes.substr(used))) {
        return refuse(400, "This is not HTTP: a line ends without a carriage return.");
    }
    return grammar.is_done() ? Progress::complete : Progress::need_more;
}

// What a proxy in front might read differently from us is refused, because the difference is an attack.
Progress RequestParser::finish_header() {
    const auto& headers = impl_->request->headers;
    const auto& grammar = *impl_->grammar;
    // "5, 5" is one length for some readers and none for others.
    if (headers.count("Content-Length") > 1 ||
        headers.value_or("Content-Length", "").find(',') != std::string_view::npos) {
        return refuse(400, "There is more than one Content-Length.");
    }
    if (const auto coding = headers.find("Transfer-Encoding")) {
        if (headers.find("Content-Length")) {
            return refuse(400, "Content-Length and Transfer-Encoding exclude each other.");
        }
        if (!is_http_1_1() || headers.count("Transfer-Encoding") > 1 || !equals_ignoring_case(*coding, "chunked") ||
            !grammar.chunked()) {
            return refuse(400, "The only transfer coding understood here is chunked, in HTTP/1.1.");
        }
    }
    if (const auto hosts = headers.count("Host"); hosts > 1 || (hosts == 0 && is_http_1_1())) {
        return refuse(400, "There must be one Host field.");
    }
    auto& target = impl_->request->target;
    const auto origin = origin_form(target);
    if (!origin) {
        return refuse(400, "The request target is no path.");
    }
    if (origin->size() != target.size()) {
        target = std::string(*origin);
    }
    const auto question = target.find('?');
    if (question != std::string::npos) {
        auto query = parse_query(std::string_view(target).substr(question + 1));
        if (!query) {
            return refuse(400, "The query has a broken escape, a NUL or bytes that are no UTF-8.");
        }
        impl_->request->query = std::move(*query);
    }
    return Progress::header;
}

Progress RequestParser::refuse(int status, std::string detail) {
    refusal_ = {status, std::move(detail)};
    return Progress::refused;
}

bool RequestParser::has_header() const {
    return impl_->grammar->is_header_done();
}

void RequestParser::limit_body(std::size_t bytes_max) {
    impl_->grammar->body_limit(bytes_max);
}

std::optional<std::uint64_t> RequestParser::content_length() const {
    const auto length = impl_->grammar->content_length();
    return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

bool RequestParser::has_body() const {
    return !impl_->grammar->is_done();
}

bool RequestParser::keeps_alive() const {
    return impl_->grammar->keep_alive();
}

bool RequestParser::is_http_1_1() const {
    return impl_->grammar->version() >= kHttp11;
}

}  // namespace lupaus::net
