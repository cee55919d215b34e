#include "services/lupaus/doctor/command.hpp"

#include "common/postgres/migrate.hpp"
#include "common/text/json_writer.hpp"
#include "services/lupaus/doctor/examine.hpp"
#include "services/lupaus/doctor/rules.hpp"

#include <algorithm>
#include <iostream>

namespace lupaus::doctor {

namespace {

constexpr std::size_t kGradeWidth = 9;

std::vector<Finding> mistakes(const Error& error) {
    std::vector<Finding> findings;
    for (const auto& field : error.fields) {
        findings.push_back(
            {.check = "configuration", .grade = Grade::problem, .words = field.field + ": " + field.detail});
    }
    return findings;
}

std::vector<Finding> findings_of(const cli::Invocation& call) {
    const auto config = call.load_config();
    if (!config) {
        return mistakes(config.error());
    }
    if (const auto missing = config::missing_to_serve(*config); !missing.empty()) {
        std::vector<Finding> findings;
        for (const auto& words : missing) {
            findings.push_back({.check = "configuration", .grade = Grade::problem, .words = "not set: " + words});
        }
        return findings;
    }
    return diagnose(examine(*config), migrations_known());
}

std::string as_lines(const std::vector<Finding>& findings) {
    std::size_t widest = 0;
    for (const auto& finding : findings) {
        widest = std::max(widest, finding.check.size());
    }
    std::string lines;
    for (const auto& finding : findings) {
        std::string line(to_string(finding.grade));
        line.resize(kGradeWidth, ' ');
        line += finding.check;
        line.resize(kGradeWidth + widest + 2, ' ');
        lines += line + finding.words + "\n";
    }
    return lines;
}

std::string as_json(const std::vector<Finding>& findings) {
    std::string out;
    text::JsonWriter json(out);
    json.begin_object().field("ok", !has_problem(findings)).key("findings").begin_array();
    for (const auto& finding : findings) {
        json.begin_object().field("check", finding.check).field("grade", to_string(finding.grade));
        json.field("words", finding.words).end_object();
    }
    json.end_array().end_object();
    return out + "\n";
}

// The findings are the answer whatever they say, so they are printed here; the exit code alone says "problem".
Result<std::string> run_doctor(const cli::Invocation& call) {
    const auto findings = findings_of(call);
    std::cout << (call.arguments.has("json") ? as_json(findings) : as_lines(findings)) << std::flush;
    if (has_problem(findings)) {
        return Error{};
    }
    return std::string();
}

}  // namespace

cli::Command command() {
    return {
        .path = "doctor",
        .help =
            "Say what is wrong with this desk and what to do, one line a check; exit code 1 where there is a problem",
        .options = {{"json", "", "As one JSON object, for scripts", cli::Need::flag}},
        .run = run_doctor};
}

}  // namespace lupaus::doctor
