#include "services/desk/filter/compile.hpp"

#include "common/text/json.hpp"
#include "services/desk/attribute/rules.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace lupaus::desk::filter {

namespace {

using text::Json;

constexpr std::string_view kNever = "1 == 0";
constexpr std::string_view kAlways = "1 == 1";

std::string day(Timestamp time) {
    return to_rfc3339(time).substr(0, std::string_view("2026-11-22").size());
}

// The member of the facts that the field is compared with.
std::string_view member_of(Field field) {
    switch (field) {
        case Field::attribute:
            return "attributes";
        case Field::contact_attribute:
            return "contact_attributes";
        case Field::overdue:
            return "due_at";
        default:
            return rule_of(field).word;
    }
}

class Compiler {
public:
    Compiler(const Known& known, const Asker& asker) : known_(known), asker_(asker) {}

    std::string compile(const Node& node) {
        if (node.kind == Kind::term) {
            return compile_term(node.term);
        }
        if (node.kind == Kind::negation) {
            return "!(" + compile(node.parts.front()) + ")";
        }
        std::string path;
        for (const auto& part : node.parts) {
            path += path.empty() ? "" : node.kind == Kind::all ? " && " : " || ";
            path += "(" + compile(part) + ")";
        }
        return path.empty() ? std::string(kAlways) : path;
    }

    std::string variables() const { return text::dump(variables_); }

    bool asks_contact() const { return asks_contact_; }

private:
    std::string add_variable(Json value) {
        auto name = "v" + std::to_string(variables_.size());
        variables_[name] = std::move(value);
        return "$" + name;
    }

    std::string compile_term(const Term& term) {
        const auto path = "$." + std::string(member_of(term.field));
        switch (rule_of(term.field).form) {
            case Form::id:
                return compile_ids(term, path);
            case Form::text:
                return path + "[*] == " + add_variable(texts_of(term)) + "[*]";
            case Form::state:
                return path + " == " + add_variable(codes_of(term, kStateWords)) + "[*]";
            case Form::priority:
                return path + " == " + add_variable(codes_of(term, kPriorityWords)) + "[*]";
            case Form::flag:
                return compile_flag(term, path);
            case Form::time:
                return term.op == Op::set ? negated_unless(is_set(term), path + " != null") : compile_time(term, path);
            case Form::any:
                break;
        }
        return compile_attribute(term, path);
    }

    static bool is_set(const Term& term) { return std::get<bool>(term.values.front()); }

    static std::string negated_unless(bool holds, const std::string& path) { return holds ? path : "!(" + path + ")"; }

    static Json texts_of(const Term& term) {
        auto texts = Json::array();
        for (const auto& value : term.values) {
            texts.push_back(std::get<std::string>(value));
        }
        return texts;
    }

    // The words stand in the order of the codes.
    static Json codes_of(const Term& term, std::span<const std::string_view> words) {
        auto codes = Json::array();
        for (const auto& value : term.values) {
            codes.push_back(std::ranges::find(words, std::get<std::string>(value)) - words.begin());
        }
        return codes;
    }

    std::string compile_ids(const Term& term, const std::string& path) {
        auto ids = Json::array();
        bool is_none = false;
        for (const auto& value : term.values) {
            const auto& word = std::get<std::string>(value);
            is_none = is_none || word == kNone;
            if (word == kMe && !asker_.agent.is_nil()) {
                ids.push_back(to_string(asker_.agent));
            } else if (word != kMe && word != kNone) {
                ids.push_back(word);
            }
        }
        const auto named = path + " == " + add_variable(std::move(ids)) + "[*]";
        return is_none ? "(" + named + ") || (" + path + " == null)" : named;
    }

    std::string compile_flag(const Term& term, const std::string& path) {
        const auto flag =
            term.field == Field::overdue ? path + " <= " + add_variable(epoch_micros(asker_.now)) : path + " == true";
        return negated_unless(is_set(term), flag);
    }

    std::string compile_time(const Term& term, const std::string& path) {
        const auto& value = term.values.front();
        const auto* offset = std::get_if<Offset>(&value);
        const auto at = offset != nullptr ? asker_.now + length_of(*offset) : std::get<Timestamp>(value);
        return path + (term.op == Op::before ? " < " : " > ") + add_variable(epoch_micros(at));
    }

    Json json_of(const Value& value) const {
        if (const auto* offset = std::get_if<Offset>(&value)) {
            return day(asker_.now + length_of(*offset));
        }
        if (const auto* number = std::get_if<Number>(&value)) {
            return Json::parse(number->json);
        }
        const auto* text = std::get_if<std::string>(&value);
        return text != nullptr ? Json(*text) : Json(std::get<bool>(value));
    }

    static std::string_view sign_of(Op op) {
        switch (op) {
            case Op::before:
                return " < ";
            case Op::after:
                return " > ";
            case Op::at_least:
                return " >= ";
            case Op::at_most:
                return " <= ";
            default:
                return " == ";
        }
    }

    std::string compile_attribute(const Term& term, const std::string& path) {
        const auto* attribute = fitting_attribute(known_, term);
        if (attribute == nullptr) {
            return term.op == Op::set ? negated_unless(is_set(term), std::string(kNever)) : std::string(kNever);
        }
        asks_contact_ = asks_contact_ || term.field == Field::contact_attribute;
        const auto value = path + ".\"" + std::to_string(attribute->slot) + "\"";
        if (term.op == Op::set) {
            return negated_unless(is_set(term), "exists(" + value + ")");
        }
        auto values = Json::array();
        for (const auto& one : term.values) {
            values.push_back(json_of(one));
        }
        return value + std::string(sign_of(term.op)) + add_variable(std::move(values)) + "[*]";
    }

    const Known& known_;
    const Asker& asker_;
    Json variables_ = Json::object();
    bool asks_contact_ = false;
};

}  // namespace

Compiled compile(const Node& filter, const Known& known, const Asker& asker) {
    Compiler compiler(known, asker);
    auto path = compiler.compile(filter);
    return {.path = std::move(path),
            .variables = compiler.variables(),
            .asks_contact = compiler.asks_contact(),
            .states = states_of(filter)};
}

}  // namespace lupaus::desk::filter
