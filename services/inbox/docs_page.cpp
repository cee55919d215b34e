#include "services/inbox/description.hpp"
#include "services/inbox/documents.hpp"
#include "services/inbox/markup.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::inbox {

namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1d2329;--soft:#5b6670;--line:#d9dfe4;--ground:#fff;--code:#f2f5f7;--mark:#0b6e5f}
@media(prefers-color-scheme:dark){:root{
--ink:#e4e9ed;--soft:#9aa6b0;--line:#333c44;--ground:#15191d;--code:#1f262c;--mark:#58c9b4}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:58rem;margin:0 auto;padding:2rem 1.25rem 6rem}
h1{margin:0;font-size:1.9rem}h2{margin:3rem 0 .25rem;padding-top:1rem;border-top:1px solid var(--line)}
p,li{max-width:46rem}nav{margin:1.5rem 0;display:flex;flex-wrap:wrap;gap:.4rem 1rem}
a{color:var(--mark)}code,pre{background:var(--code);border-radius:4px;font:.9em/1.5 ui-monospace,monospace}
code{padding:.1em .3em}pre{padding:.75rem;overflow:auto}
details{border:1px solid var(--line);border-radius:8px;margin:.6rem 0;padding:0 1rem}
summary{cursor:pointer;padding:.55rem 0;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}
details[open]{padding-bottom:1rem}summary code{background:none;padding:0;font-weight:600}
.method{font:700 .75rem/1.4 ui-monospace,monospace;color:var(--mark);min-width:3.6rem}
.soft{color:var(--soft)}h4{margin:1.2rem 0 .3rem;font-size:.95rem}
table{border-collapse:collapse;width:100%;font-size:.93rem}
td{border-top:1px solid var(--line);padding:.35rem .75rem .35rem 0;vertical-align:top}
td:first-child{white-space:nowrap}
)";

std::string words_of(const Description& list) {
    std::string text;
    for (const auto& word : list) {
        text += (text.empty() ? "" : ", ") + (word.is_string() ? word.get<std::string>() : word.dump());
    }
    return text;
}

std::string anchor(std::string_view ref) {
    return std::string(ref.substr(ref.rfind('/') + 1));
}

// An id and what leads to it: "Live feed" -> "live-feed".
std::string section_id(std::string_view title) {
    std::string id(title);
    for (auto& letter : id) {
        letter = letter == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return id;
}

class Page {
public:
    explicit Page(const Description& document) : document_(document) {}

    std::string render() {
        const auto& info = document_["info"];
        const auto title = escape_html(info["title"].get<std::string>());
        out_ =
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            "content=\"width=device-width,initial-scale=1\"><title>" +
            title + "</title><style>" + std::string(kStyle) + "</style></head><body><main><h1>" + title + "</h1>";
        out_ += "<p class=\"soft\">" + inline_html(info["summary"].get<std::string>()) + " Version " +
                info["version"].get<std::string>() + ", <a href=\"/openapi.yaml\">openapi.yaml</a>.</p>";
        out_ += block_html(info["description"].get<std::string>());
        write_navigation();
        for (const auto& tag : document_["tags"]) {
            write_tag(tag);
        }
        write_schemas();
        return std::move(out_) + "</main></body></html>\n";
    }

private:
    void write_navigation() {
        out_ += "<nav>";
        for (const auto& tag : document_["tags"]) {
            const auto name = tag["name"].get<std::string>();
            out_ += "<a href=\"#" + section_id(name) + "\">" + escape_html(name) + "</a>";
        }
        out_ += "<a href=\"#schemas\">Schemas</a></nav>";
    }

    void write_tag(const Description& tag) {
        const auto name = tag["name"].get<std::string>();
        out_ += "<h2 id=\"" + section_id(name) + "\">" + escape_html(name) + "</h2>" +
                block_html(tag["description"].get<std::string>());
        for (const auto& [path, item] : document_["paths"].items()) {
            for (const auto& [method, operation] : item.items()) {
                if (method != "parameters" && operation["tags"][0] == name) {
                    write_operation(method, path, item, operation);
                }
            }
        }
    }

    void write_operation(std::string method, const std::string& path, const Description& item,
                         const Description& operation) {
        for (auto& letter : method) {
            letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
        }
        out_ += "<details id=\"" + operation["operationId"].get<std::string>() + "\"><summary><span class=\"method\">" +
                method + "</span><code>" + escape_html(path) + "</code><span class=\"soft\">" +
                inline_html(operation["summary"].get<std::string>()) + "</span></summary>";
        out_ += block_html(operation.value("description", ""));
        if (const auto scope = operation["x-scope"].get<std::string>(); !scope.empty()) {
            out_ += "<p class=\"soft\">Role <code>" + operation["x-role"].get<std::string>() + "</code>, scope <code>" +
                    scope + "</code></p>";
        }
        write_parameters(item, operation);
        if (operation.contains("requestBody")) {
            out_ += "<h4>Body</h4>";
            write_content(operation["requestBody"]);
        }
        write_responses(operation["responses"]);
        out_ += "</details>";
    }

    void write_parameters(const Description& item, const Description& operation) {
        std::string rows;
        for (const auto* owner : {&item, &operation}) {
            if (!owner->contains("parameters")) {
                continue;
            }
            for (const auto& given : owner->at("parameters")) {
                const auto& parameter = resolve(given);
                rows += "<tr><td><code>" + parameter["name"].get<std::string>() + "</code></td><td class=\"soft\">" +
                        parameter["in"].get<std::string>() + "</td><td>" +
                        inline_html(parameter["description"].get<std::string>()) + " " + type_of(parameter["schema"]) +
                        "</td></tr>";
            }
        }
        if (!rows.empty()) {
            out_ += "<h4>Parameters</h4><table>" + rows + "</table>";
        }
    }

    void write_responses(const Description& responses) {
        out_ += "<h4>Answers</h4><table>";
        for (const auto& [status, given] : responses.items()) {
            const auto& response = resolve(given);
            out_ += "<tr><td><code>" + status + "</code></td><td>" +
                    inline_html(response["description"].get<std::string>());
            if (status[0] < '4') {
                write_content(response);
            }
            out_ += "</td></tr>";
        }
        out_ += "</table>";
    }

    void write_content(const Description& owner) {
        if (!owner.contains("content")) {
            return;
        }
        for (const auto& [type, content] : owner["content"].items()) {
            out_ += "<p><code>" + escape_html(type) + "</code> " + type_of(content["schema"]) + "</p>";
            if (content.contains("example")) {
                write_example(content["example"]);
            }
            if (content.contains("examples")) {
                for (const auto& [name, example] : content["examples"].items()) {
                    write_example(example["value"]);
                }
            }
        }
    }

    void write_example(const Description& example) {
        out_ += "<pre>" + escape_html(example.is_string() ? example.get<std::string>() : example.dump(2)) + "</pre>";
    }

    void write_schemas() {
        out_ += "<h2 id=\"schemas\">Schemas</h2>";
        for (const auto& [name, schema] : document_["components"]["schemas"].items()) {
            out_ += "<details id=\"" + name + "\"><summary><code>" + name + "</code><span class=\"soft\">" +
                    type_of(schema) + "</span></summary>" + block_html(schema.value("description", ""));
            write_properties(schema);
            if (schema.contains("examples")) {
                out_ += "<h4>Example</h4><pre>" + escape_html(schema["examples"][0].dump(2)) + "</pre>";
            }
            out_ += "</details>";
        }
    }

    void write_properties(const Description& schema) {
        if (!schema.contains("properties")) {
            return;
        }
        out_ += "<table>";
        for (const auto& [name, property] : schema["properties"].items()) {
            const auto required = schema.value("required", std::vector<std::string>());
            const bool is_required = std::ranges::find(required, name) != required.end();
            out_ += "<tr><td><code>" + name + "</code>" + (is_required ? "" : " <span class=\"soft\">optional</span>") +
                    "</td><td>" + type_of(property) + "</td><td>" + inline_html(property.value("description", "")) +
                    "</td></tr>";
        }
        out_ += "</table>";
    }

    // What a value looks like, in a few words and links.
    std::string type_of(const Description& schema) {
        if (schema.contains("$ref")) {
            const auto name = anchor(schema["$ref"].get<std::string>());
            return "<a href=\"#" + name + "\">" + name + "</a>";
        }
        for (const auto* choice : {"oneOf", "anyOf"}) {
            if (schema.contains(choice)) {
                std::string text;
                for (const auto& one : schema[choice]) {
                    text += (text.empty() ? "" : " or ") + type_of(one);
                }
                return text;
            }
        }
        if (schema.contains("const")) {
            return "<code>" + escape_html(schema["const"].get<std::string>()) + "</code>";
        }
        if (schema.contains("enum")) {
            return "one of <code>" + escape_html(words_of(schema["enum"])) + "</code>";
        }
        if (schema.contains("items")) {
            return "list of " + type_of(schema["items"]);
        }
        if (!schema.contains("type")) {
            return "anything";
        }
        const auto& type = schema["type"];
        return escape_html(type.is_array() ? words_of(type) : type.get<std::string>());
    }

    const Description& resolve(const Description& node) const {
        if (!node.contains("$ref")) {
            return node;
        }
        return document_.at(Description::json_pointer(node["$ref"].get<std::string>().substr(1)));
    }

    const Description& document_;
    std::string out_;
};

}  // namespace

std::string render_docs() {
    const auto document = parse_description(description_yaml());
    return Page(document).render();
}

}  // namespace lupaus::inbox
