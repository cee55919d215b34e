#include "common/text/json_reader.hpp"
#include "services/desk/agent/json.hpp"
#include "services/desk/agent/presence.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/signature.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::TeamId;
using desk::agent::Team;
using desk::agent::TeamMode;

constexpr std::string_view kByName = "teams.name";

const std::array kModes{
    text::Choice<TeamMode>{desk::agent::to_string(TeamMode::automatic), TeamMode::automatic},
    text::Choice<TeamMode>{desk::agent::to_string(TeamMode::pull), TeamMode::pull},
};

void read_changes(text::JsonReader& reader, Team& team) {
    team.name = reader.optional_string("name").value_or(team.name);
    team.mode = reader.optional_one_of<TeamMode>("mode", kModes).value_or(team.mode);
    const text::IntegerRule wrap_up{.min = 0, .max = desk::agent::kWrapUpMax.count()};
    team.wrap_up = std::chrono::seconds{reader.optional_integer("wrap_up_s", wrap_up).value_or(team.wrap_up.count())};
    const text::IntegerRule undo{.min = 0, .max = desk::delivery::kUndoMax.count()};
    team.undo = std::chrono::seconds{reader.optional_integer("undo_s", undo).value_or(team.undo.count())};
    read_signature(reader, team.signature);
}

// Waiting conversations may be handed out now that had to be fetched before, or that had to wait for the wrap-up.
bool assigns_sooner(const Team& before, const Team& after) {
    return after.mode == TeamMode::automatic && (before.mode == TeamMode::pull || after.wrap_up < before.wrap_up);
}

}  // namespace

Result<Answer> handle_list_teams(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByName);
    if (!page) {
        return page.error();
    }
    std::optional<desk::agent::After> after;
    if (page->after) {
        after = desk::agent::After{.name = page->after->key, .id = page->after->id};
    }
    const auto rows = desk::agent::list_teams(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Team& team) { return Cursor{.key = team.name, .id = team.id.value}; };
    return Answer{.status = 200, .body = write_page(kByName, *page, rows, desk::agent::write_team, place)};
}

Result<Answer> handle_get_team(Tx& tx, const Call& call) {
    const auto id = path_id<TeamId>(call, "team");
    const auto team = id ? desk::agent::find_team(tx, call.principal.account, *id) : std::nullopt;
    if (!team) {
        return not_found("team");
    }
    return found(to_json(*team), team->version);
}

Result<Answer> handle_create_team(Tx& tx, const Call& call) {
    text::JsonReader reader(call.body);
    Team team;
    team.account = call.principal.account;
    team.id = TeamId::make();
    read_changes(reader, team);
    team.name = reader.string("name");
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto stored = desk::agent::insert_team(tx, team); !stored) {
        return stored.error();
    }
    append_changes(tx, call, {describe("team.created", team, call.actor())});
    return created(to_json(team), team.version);
}

Result<Answer> handle_edit_team(Tx& tx, const Call& call) {
    const auto id = path_id<TeamId>(call, "team");
    const auto before = id ? desk::agent::lock_team(tx, call.principal.account, *id) : std::nullopt;
    if (!before) {
        return not_found("team");
    }
    if (auto match = check_if_match(call.request, before->version); !match) {
        return match.error();
    }
    text::JsonReader reader(call.body);
    auto after = *before;
    read_changes(reader, after);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    if (auto stored = desk::agent::update_team(tx, after); !stored) {
        return stored.error();
    }
    ++after.version;
    if (assigns_sooner(*before, after)) {
        desk::agent::push_drain(tx, call.desk.wakeups, after.account, {});
    }
    append_changes(tx, call, {describe("team.updated", after, call.actor())});
    return found(to_json(after), after.version);
}

Result<Answer> handle_delete_team(Tx& tx, const Call& call) {
    const auto id = path_id<TeamId>(call, "team");
    if (!id) {
        return id.error();
    }
    const auto team = desk::agent::lock_team(tx, call.principal.account, *id);
    if (!team) {
        return not_found("team");
    }
    if (auto match = check_if_match(call.request, team->version); !match) {
        return match.error();
    }
    if (auto gone = desk::agent::delete_team(tx, call.principal.account, *id); !gone) {
        return gone.error();
    }
    append_changes(tx, call, {describe("team.deleted", *team, call.actor())});
    return nothing_left();
}

}  // namespace lupaus::inbox
