#include "services/desk/letter/signature.hpp"

#include "common/html/entities.hpp"
#include "common/html/html.hpp"
#include "services/desk/letter/queries.sql.hpp"

namespace lupaus::desk::letter {

namespace {

using canned::Values;

// Fit to stand between tags, and in a value between quotation marks.
std::string escaped(std::string_view value) {
    std::string quoted;
    html::append_quoted(quoted, value);
    return quoted.substr(1, quoted.size() - 2);
}

Values escaped(const Values& values) {
    return {.contact_name = escaped(values.contact_name),
            .agent_name = escaped(values.agent_name),
            .team_name = escaped(values.team_name),
            .channel_name = escaped(values.channel_name),
            .subject = escaped(values.subject),
            .number = escaped(values.number)};
}

}  // namespace

// Sanitised again: a link that a value completes may lead where none may.
Words fill_in(const Words& signature, const Values& values) {
    Words filled{.text = canned::render(signature.text, values)};
    if (signature.html) {
        filled.html = html::sanitise(canned::render(*signature.html, escaped(values)), html::RemoteImages::on).html;
    }
    return filled;
}

std::optional<Words> find_signature(Tx& tx, const conversation::Conversation& conversation, AgentId agent,
                                    const std::string& agent_name) {
    const auto rows =
        tx.exec(sql::signature, pqxx::params{to_string(conversation.account), to_string(agent),
                                             to_string(conversation.team), to_string(conversation.channel)});
    if (rows.empty()) {
        return std::nullopt;
    }
    return fill_in({.text = rows.at(0, 0).as<std::string>(), .html = read_optional_text(rows.at(0, 1))},
                   {.contact_name = conversation.contact_name,
                    .agent_name = agent_name,
                    .team_name = rows.at(0, 2).as<std::string>(),
                    .channel_name = rows.at(0, 3).as<std::string>(),
                    .subject = conversation.subject,
                    .number = std::to_string(conversation.number)});
}

}  // namespace lupaus::desk::letter
