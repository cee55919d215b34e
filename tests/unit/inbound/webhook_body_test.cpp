#include "services/desk/inbound/webhook_body.hpp"

#include "common/base/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace lupaus::desk::inbound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A body that is fine but for what is put in the place of the text.
std::string body_with(const std::string& fields) {
    return R"({"id":"ext-1","sender":{"id":"u1","name":"Aino"},)" + fields + "}";
}

Result<Parsed> parse(const std::string& body) {
    const auto tree = text::parse_json(body);
    return tree ? parse_webhook(*tree) : Result<Parsed>(tree.error());
}

std::optional<std::string> id_in(const std::string& body) {
    return find_external_id(text::parse_json(body).value());
}

std::vector<std::string> faulty_fields(const Result<Parsed>& parsed) {
    std::vector<std::string> names;
    if (!parsed) {
        for (const auto& field : parsed.error().fields) {
            names.push_back(field.field);
        }
    }
    return names;
}

TEST(WebhookBody, ReadsTheSmallest) {
    const auto parsed = parse(R"({"id":"ext-1","sender":{"id":"u1","name":"Aino"},"text":"Hei!"})");
    ASSERT_TRUE(parsed) << parsed.error().detail;
    EXPECT_EQ(parsed->message.external_id, "ext-1");
    EXPECT_EQ(parsed->message.sender_id, "u1");
    EXPECT_EQ(parsed->message.sender_name, "Aino");
    EXPECT_EQ(parsed->message.text, "Hei!");
    EXPECT_FALSE(parsed->message.html);
    EXPECT_EQ(parsed->message.visibility, conversation::Visibility::private_);
}

TEST(WebhookBody, ReadsTheLargest) {
    const auto parsed = parse(
        R"({"id":"ext-1","type":"message","sender":{"id":"u1","name":"Aino","email":"a@example.org"},"text":"Hei!",
            "html":"<p>Hei!</p>","thread_id":"t1","subject":"Lasku","occurred_at":"2026-11-22T12:05:17.5+02:00",
            "visibility":"public","attachments":[{"name":"a.txt","content_type":"text/plain","content":"SGVpIQ=="},
            {"name":"b.bin","content":""}]})");
    ASSERT_TRUE(parsed) << parsed.error().detail;
    const auto& message = parsed->message;
    EXPECT_EQ(message.sender_email, "a@example.org");
    EXPECT_EQ(message.html, "<p>Hei!</p>");
    EXPECT_EQ(message.thread_id, "t1");
    EXPECT_EQ(message.subject, "Lasku");
    EXPECT_EQ(to_rfc3339(*message.occurred_at), "2026-11-22T10:05:17.500Z");
    EXPECT_EQ(message.visibility, conversation::Visibility::public_);
    ASSERT_EQ(message.attachments.size(), 2U);
    EXPECT_EQ(message.attachments[0].content_type, "text/plain");
    EXPECT_EQ(message.attachments[0].size_bytes, 4);
    EXPECT_EQ(message.attachments[1].content_type, "application/octet-stream");
    ASSERT_EQ(parsed->files.size(), 2U);
    EXPECT_EQ(parsed->files[0].bytes, "Hei!");
    EXPECT_EQ(parsed->files[1].bytes, "");
}

TEST(WebhookBody, TakesTheAddressOfAFile) {
    const auto parsed =
        parse(body_with(R"("attachments":[{"url":"https://cdn.example/a%20b.png?sig=s","content":null},)"
                        R"({"url":"http://cdn.example/x","name":"y.txt","content_type":"text/plain"}])"));
    ASSERT_TRUE(parsed);
    const auto& attachments = parsed->message.attachments;
    ASSERT_EQ(attachments.size(), 2U);
    EXPECT_EQ(attachments[0].name, "a b.png");
    EXPECT_EQ(attachments[0].content_type, "application/octet-stream");
    EXPECT_EQ(attachments[0].url, "https://cdn.example/a%20b.png?sig=s");
    EXPECT_EQ(attachments[1].name, "y.txt");
    EXPECT_EQ(attachments[1].content_type, "text/plain");
}

TEST(WebhookBody, NamesAFileAfterItsAddress) {
    const std::vector<std::pair<std::string, std::string>> names{
        {"https://cdn.example/a/b/photo.jpg", "photo.jpg"},
        {"https://cdn.example/a/photo.jpg?name=x/y.png", "photo.jpg"},
        {"https://cdn.example/a/photo.jpg#x/y", "photo.jpg"},
        {"https://cdn.example/k%C3%A4vi.pdf", "kävi.pdf"},
        {"https://cdn.example/a%2F..%2Fb%5Cc", "a_.._b_c"},
        {"https://cdn.example/a%0D%0Ab", "ab"},
        {"https://cdn.example/%FF", "file"},
        {"https://cdn.example/a/", "file"},
        {"https://cdn.example", "file"},
        {"https://cdn.example/..", "file"},
        {"https://cdn.example/%20", "file"},
        {"https://cdn.example/" + std::string(300, 'x'), std::string(limits::kNameBytesMax, 'x')},
    };
    for (const auto& [url, name] : names) {
        EXPECT_EQ(message::file_name_in(url), name) << url;
    }
}

TEST(WebhookBody, ReadsTheSendersOwnVerdict) {
    using message::Verdict;
    const auto judged = [](const char* fields) {
        return parse(body_with(std::string(R"("text":"x",)") + fields)).value().message.judgement;
    };
    const auto automatic = judged(R"("automatic":true,"spam":false)");
    ASSERT_TRUE(automatic);
    EXPECT_EQ(automatic->verdict, Verdict::automatic);
    EXPECT_EQ(automatic->rule, "channel: automatic");
    const auto both = judged(R"("automatic":true,"spam":true)");
    ASSERT_TRUE(both);
    EXPECT_EQ(both->verdict, Verdict::spam);
    EXPECT_EQ(both->rule, "channel: spam");
    EXPECT_FALSE(judged(R"("automatic":false,"spam":null)"));
}

TEST(WebhookBody, IgnoresUnknownFields) {
    EXPECT_TRUE(parse(body_with(R"("text":"x","new":{"a":[1,{}]},"priority":9)")));
}

TEST(WebhookBody, NeedsSomethingSaid) {
    EXPECT_TRUE(parse(body_with(R"("html":"<p>x</p>")")));
    EXPECT_TRUE(parse(body_with(R"("text":"","attachments":[{"name":"a","content":""}])")));
    for (const auto* fields : {R"("text":"")", R"("text":null)", R"("x":1)", R"("text":"","attachments":[])"}) {
        EXPECT_THAT(faulty_fields(parse(body_with(fields))), ElementsAre("/text")) << fields;
    }
}

TEST(WebhookBody, NamesEveryWrongFieldAtOnce) {
    const auto parsed = parse(R"({"id":7,"sender":{"name":1},"text":"x","visibility":"secret","occurred_at":"now"})");
    EXPECT_THAT(faulty_fields(parsed),
                ::testing::UnorderedElementsAre("/id", "/sender/id", "/sender/name", "/visibility", "/occurred_at"));
    EXPECT_EQ(parsed.error().code, Errc::invalid);
}

struct BadBody {
    std::string what;
    std::string body;
    std::string field;  // empty: the body itself
};

class RefusedBody : public ::testing::TestWithParam<BadBody> {};

TEST_P(RefusedBody, NamesWhatIsWrong) {
    const auto parsed = parse(GetParam().body);
    ASSERT_FALSE(parsed);
    if (GetParam().field.empty()) {
        EXPECT_FALSE(parsed.error().detail.empty());
    } else {
        EXPECT_THAT(faulty_fields(parsed), ElementsAre(GetParam().field));
    }
}

std::string nested(int depth) {
    return body_with("\"text\":\"x\",\"deep\":" + std::string(static_cast<std::size_t>(depth), '[') +
                     std::string(static_cast<std::size_t>(depth), ']'));
}

std::string attachments(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
        list += std::string(i > 0 ? "," : "") + R"({"name":"a","content":""})";
    }
    return body_with("\"attachments\":[" + list + "]");
}

INSTANTIATE_TEST_SUITE_P(
    WebhookBody, RefusedBody,
    ::testing::Values(
        BadBody{"empty", "", ""}, BadBody{"not JSON", "hello", ""}, BadBody{"half", R"({"id":)", ""},
        BadBody{"rest", body_with(R"("text":"x")") + "x", ""}, BadBody{"a list", "[]", ""},
        BadBody{"a string", "\"x\"", ""}, BadBody{"NUL byte", body_with(std::string("\"text\":\"a\0b\"", 12)), ""},
        BadBody{"escaped NUL", body_with(R"("text":"a\u0000b")"), ""},
        BadBody{"invalid UTF-8", body_with("\"text\":\"\xff\""), ""},
        BadBody{"lone surrogate", body_with(R"("text":"\ud800")"), ""},
        BadBody{"twice", body_with(R"("text":"a","text":"b")"), ""}, BadBody{"too deep", nested(64), ""},
        BadBody{"no id", R"({"sender":{"id":"u"},"text":"x"})", "/id"},
        BadBody{"empty id", R"({"id":"","sender":{"id":"u"},"text":"x"})", "/id"},
        BadBody{
            "long id",
            R"({"id":")" + std::string(limits::kExternalIdBytesMax + 1, 'x') + R"(","sender":{"id":"u"},"text":"x"})",
            "/id"},
        BadBody{"no sender", R"({"id":"e","text":"x"})", "/sender"},
        BadBody{"sender is text", R"({"id":"e","sender":"u","text":"x"})", "/sender"},
        BadBody{"long text", body_with("\"text\":\"" + std::string(limits::kTextBytesMax + 1, 'x') + "\""), "/text"},
        BadBody{"number as text", body_with(R"("text":1,"html":"x")"), "/text"},
        BadBody{"leap second", body_with(R"("text":"x","occurred_at":"2026-12-31T23:59:60Z")"), "/occurred_at"},
        BadBody{"spam in words", body_with(R"("text":"x","spam":"yes")"), "/spam"},
        BadBody{"automatic in numbers", body_with(R"("text":"x","automatic":1)"), "/automatic"},
        BadBody{"edit", body_with(R"("text":"x","type":"message.edited")"), "/type"},
        BadBody{"unknown type", body_with(R"("text":"x","type":"poke")"), "/type"},
        BadBody{"too many files", attachments(limits::kAttachmentsMax + 1), "/attachments"},
        BadBody{"file without name", body_with(R"("attachments":[{"content":""}])"), "/attachments/0/name"},
        BadBody{"file without content", body_with(R"("attachments":[{"name":"a"}])"), "/attachments/0/content"},
        BadBody{"file at no address", body_with(R"("attachments":[{"url":"cdn.example/a"}])"), "/attachments/0/url"},
        BadBody{"file elsewhere", body_with(R"("attachments":[{"url":"ftp://cdn.example/a"}])"), "/attachments/0/url"},
        BadBody{"file twice", body_with(R"("attachments":[{"name":"a","url":"http://a.example/","content":""}])"),
                "/attachments/0/url"},
        BadBody{"long address",
                body_with("\"attachments\":[{\"url\":\"http://a.example/" + std::string(2048, 'x') + "\"}]"),
                "/attachments/0/url"},
        BadBody{"not base64", body_with(R"("attachments":[{"name":"a","content":"SGVpIQ"}])"),
                "/attachments/0/content"},
        BadBody{"header in a name", body_with(R"("attachments":[{"name":"a\r\nX: y","content":""}])"),
                "/attachments/0/name"}),
    [](const auto& info) {
        std::string name;
        for (const char c : info.param.what) {
            name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
        }
        return name;
    });

TEST(WebhookBody, NamesWhatIsNoObjectOnce) {
    EXPECT_THAT(faulty_fields(parse("[]")), ElementsAre(""));
    EXPECT_THAT(faulty_fields(parse(body_with(R"("attachments":["a.txt"])"))), ElementsAre("/attachments/0"));
}

TEST(WebhookBody, TakesEverythingUpToItsLimit) {
    EXPECT_TRUE(parse(body_with("\"text\":\"" + std::string(limits::kTextBytesMax, 'x') + "\"")));
    EXPECT_TRUE(parse(attachments(limits::kAttachmentsMax)));
    EXPECT_TRUE(parse(nested(limits::kJsonDepthMax - 1)));
}

TEST(WebhookBody, NamesTheTypesThatThereAre) {
    const auto parsed = parse(body_with(R"("text":"x","type":"message.liked")"));
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().fields.front().detail, HasSubstr("delivery.updated"));
}

TEST(WebhookBody, FindsTheIdOfARefusedBody) {
    EXPECT_EQ(id_in(R"({"id":"ext-9","sender":3})"), "ext-9");
    EXPECT_FALSE(id_in(R"({"id":9})"));
    EXPECT_FALSE(id_in("[1]"));
    EXPECT_FALSE(id_in("{\"id\":\"" + std::string(limits::kExternalIdBytesMax + 1, 'x') + "\"}"));
}

}  // namespace
}  // namespace lupaus::desk::inbound
