#include "services/desk/filter/render.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/filter/rules.hpp"

namespace lupaus::desk::filter {

namespace {

struct ValueWriter {
    text::JsonWriter& json;

    void operator()(bool flag) const { json.value(flag); }

    void operator()(const std::string& text) const { json.value(text); }

    void operator()(const Number& number) const { json.raw(number.json); }

    void operator()(Timestamp time) const { json.value(time); }

    void operator()(const Offset& offset) const { json.value(to_string(offset)); }
};

void write_term(text::JsonWriter& json, const Term& term) {
    json.begin_object().field("field", std::string(rule_of(term.field).word) + term.key);
    json.key(to_string(term.op));
    if (term.op == Op::in) {
        json.begin_array();
    }
    for (const auto& value : term.values) {
        std::visit(ValueWriter{json}, value);
    }
    if (term.op == Op::in) {
        json.end_array();
    }
    json.end_object();
}

void write(text::JsonWriter& json, const Node& node) {
    if (node.kind == Kind::term) {
        write_term(json, node.term);
        return;
    }
    if (node.kind == Kind::negation) {
        json.begin_object().key("not");
        write(json, node.parts.front());
        json.end_object();
        return;
    }
    json.begin_object().key(node.kind == Kind::all ? "all" : "any").begin_array();
    for (const auto& part : node.parts) {
        write(json, part);
    }
    json.end_array().end_object();
}

}  // namespace

std::string to_json(const Node& filter) {
    std::string out;
    text::JsonWriter json(out);
    write(json, filter);
    return out;
}

}  // namespace lupaus::desk::filter
