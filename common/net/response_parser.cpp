#include "common/net/message_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>

namespace lupaus::net {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

constexpr int kSwitchingProtocols = 101;

class Grammar : public http::basic_parser<false> {
public:
    Grammar(ResponseParser& sink, std::size_t header_bytes_max, std::size_t body_bytes_max)
        : sink_(sink), body_bytes_max_(body_bytes_max) {
        header_limit(static_cast<std::uint32_t>(header_bytes_max));
        body_limit(boost::none);
    }

    int status() const { return status_; }

private:
    void on_request_impl(http::verb, boost::beast::string_view, boost::beast::string_view, int, error_code&) override {}

    void on_response_impl(int status, boost::beast::string_view, int, error_code&) override { status_ = status; }

    void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                       error_code& error) override {
        if (is_header_done()) {
            return;  // a trailer
        }
        try {
            sink_.headers.add(name, value);
        } catch (const std::invalid_argument&) {
            error = http::error::bad_value;
        }
    }

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    std::size_t on_body_impl(boost::beast::string_view bytes, error_code& error) override { return take(bytes, error); }

    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view bytes, error_code& error) override {
        return take(bytes, error);
    }

    void on_finish_impl(error_code&) override {}

    std::size_t take(boost::beast::string_view bytes, error_code& error) {
        const auto room = body_bytes_max_ - taken_;
        taken_ += std::min(room, bytes.size());
        sink_.body.append(bytes.substr(0, room));
        if (bytes.size() > room) {
            sink_.is_body_cut = true;
            error = http::error::body_limit;
        }
        return bytes.size();
    }

    ResponseParser& sink_;
    std::size_t body_bytes_max_;
    std::size_t taken_ = 0;  // the caller may have moved away what came
    int status_ = 0;
};

}  // namespace

struct ResponseParser::Impl {
    std::optional<Grammar> grammar;
    bool is_answer_to_head = false;
    std::size_t header_bytes = 0;
};

ResponseParser::ResponseParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : header_bytes_max_(header_bytes_max), body_bytes_max_(body_bytes_max), impl_(std::make_unique<Impl>()) {}

ResponseParser::~ResponseParser() = default;

void ResponseParser::start(bool is_answer_to_head) {
    headers = {};
    body.clear();
    is_body_cut = false;
    impl_->is_answer_to_head = is_answer_to_head;
    impl_->header_bytes = 0;
    impl_->grammar.emplace(*this, header_bytes_max_, body_bytes_max_);
    impl_->grammar->skip(is_answer_to_head);
}

Progress ResponseParser::put(std::string_view bytes, std::size_t& used) {
    auto& grammar = *impl_->grammar;
    const bool was_in_header = !grammar.is_header_done();
    error_code error;
    grammar.eager(!was_in_header);
    used = grammar.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (is_body_cut) {
        return Progress::complete;
    }
    impl_->header_bytes += was_in_header ? used : 0;
    if (impl_->header_bytes > header_bytes_max_) {
        error = http::error::header_limit;
    }
    if (error && error != http::error::need_more) {
        refusal_ = "The answer is not HTTP: " + error.message() + ".";
        return Progress::refused;
    }
    if (was_in_header && grammar.is_header_done()) {
        const int code = grammar.status();
        if (code / 100 == 1 && code != kSwitchingProtocols) {
            start(impl_->is_answer_to_head);
            return Progress::need_more;
        }
        if (headers.find("Transfer-Encoding") && (headers.find("Content-Length") || !grammar.chunked())) {
            refusal_ = "The answer's length is ambiguous.";
            return Progress::refused;
        }
        return grammar.is_done() ? Progress::complete : Progress::header;
    }
    return grammar.is_done() ? Progress::complete : Progress::need_more;
}

Progress ResponseParser::put_end() {
    auto& grammar = *impl_->grammar;
    error_code error = http::error::partial_message;
    if (grammar.got_some()) {
        grammar.put_eof(error);
    }
    if (error) {
        refusal_ = "The connection was closed before the answer was complete.";
        return Progress::refused;
    }
    return Progress::complete;
}

bool ResponseParser::has_header() const {
    return impl_->grammar->is_header_done();
}

bool ResponseParser::keeps_alive() const {
    return !is_body_cut && impl_->grammar->keep_alive();
}

int ResponseParser::status() const {
    return impl_->grammar->status();
}

}  // namespace lupaus::net
