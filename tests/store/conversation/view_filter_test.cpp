// What PostgreSQL finds by the expression of a filter is what the filter means: random filters over conversations of
// every kind, against a reading of the same filter in a few lines of C++.
#include "services/desk/attribute/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/filter/parse.hpp"
#include "services/desk/filter/render.hpp"
#include "services/desk/view/look.hpp"
#include "tests/store/conversation/conversation_fixture.hpp"

#include <pqxx/pqxx>

#include <algorithm>
#include <random>
#include <set>

namespace lupaus::inbox {
namespace {

using desk::attribute::Attribute;
using desk::attribute::Subject;
using desk::attribute::Type;
using namespace desk::filter;
using namespace std::chrono_literals;

constexpr int kConversations = 120;
constexpr int kFilters = 400;

// Every column is empty somewhere, and every value of a filter is somebody's.
constexpr Query kFill{"test_fill_facts", R"(
    WITH slots AS (
        SELECT (SELECT slot FROM attribute WHERE account_id = $1 AND key = 'note') AS note,
               (SELECT slot FROM attribute WHERE account_id = $1 AND key = 'total') AS total,
               (SELECT slot FROM attribute WHERE account_id = $1 AND key = 'vip') AS vip,
               (SELECT slot FROM attribute WHERE account_id = $1 AND key = 'renewal') AS renewal,
               (SELECT slot FROM attribute WHERE account_id = $1 AND key = 'plan') AS plan
    ), contacts AS (
        INSERT INTO contact (account_id, id, created_at, attributes)
        SELECT $1, md5('contact' || n)::uuid, now(), CASE WHEN n % 3 > 0 THEN jsonb_build_object(plan, CASE n % 3 WHEN 1 THEN 'free' ELSE 'gold' END) END
        FROM generate_series(0, 9) n, slots
        RETURNING id
    )
    INSERT INTO conversation (account_id, id, number, contact_id, channel_id, state, priority, team_id, assignee_id, tags, waiting_since,
                              owed_id, due_at, rank_at, bot_token_id, snoozed_until, resolved_at, last_message_at, created_at, attributes)
    SELECT $1, gen_random_uuid(), n, md5('contact' || n % 10)::uuid, $2, n % 4, n / 4 % 4, CASE WHEN n % 3 > 0 THEN $3::uuid END,
           (ARRAY[$4::uuid, $5::uuid, NULL])[1 + n % 3], (ARRAY['{}', '{vip}', '{vip,a b}', '{"\"",ä}'])[1 + n % 4]::text[],
           CASE WHEN n % 2 = 0 THEN $6::timestamptz - n * interval '10 minutes' END, CASE WHEN n % 5 > 1 THEN gen_random_uuid() END,
           CASE WHEN n % 5 > 2 THEN $6::timestamptz + (n - 60) * interval '10 minutes' END, CASE WHEN n % 2 = 0 THEN now() END,
           CASE WHEN n % 7 = 0 THEN gen_random_uuid() END, CASE WHEN n % 4 = 2 THEN $6::timestamptz + n * interval '1 hour' END,
           CASE WHEN n % 4 = 3 THEN $6::timestamptz - n * interval '1 hour' END, $6::timestamptz - n * interval '3 minutes', $6::timestamptz - n * interval '1 day',
           CASE WHEN n % 5 > 0 THEN jsonb_strip_nulls(jsonb_build_object(
               note, (ARRAY['gold', 'x', NULL])[1 + n % 3], total, (ARRAY[0.1, 5, -3, NULL])[1 + n % 4], vip, (ARRAY[true, false, NULL])[1 + n / 2 % 3],
               renewal, (ARRAY['2026-11-01', '2026-11-22', '2026-12-24', NULL])[1 + n % 4])) END
    FROM generate_series(0, $7::int - 1) n, slots)"};

constexpr Query kFacts{"test_read_facts", R"(
    SELECT c.id, c.state, c.priority, c.team_id, c.assignee_id, c.channel_id, c.contact_id, c.tags, c.waiting_since, c.owed_id, c.due_at,
           c.bot_token_id, c.snoozed_until, c.resolved_at, c.last_message_at, c.created_at, c.attributes, k.attributes
    FROM conversation c JOIN contact k ON k.account_id = c.account_id AND k.id = c.contact_id
    WHERE c.account_id = $1)"};

struct Facts {
    ConversationId id;
    int state = 0;
    int priority = 0;
    std::string team, assignee, channel, contact;  // empty: none
    std::vector<std::string> tags;
    bool is_owed = false, is_with_bot = false;
    std::map<Field, std::optional<Timestamp>> times;
    text::Json attributes, contact_attributes;
};

Facts read_facts(const pqxx::row& row) {
    const auto id = [&](int column) { return row[column].is_null() ? std::string() : row[column].as<std::string>(); };
    const auto json = [&](int column) { return text::Json::parse(row[column].is_null() ? "{}" : row[column].c_str()); };
    Facts facts;
    facts.id = read_id<ConversationId>(row[0]);
    facts.state = row[1].as<int>();
    facts.priority = row[2].as<int>();
    facts.team = id(3);
    facts.assignee = id(4);
    facts.channel = id(5);
    facts.contact = id(6);
    facts.tags = row[7].view() == "{}" ? std::vector<std::string>{} : read_text_array(row[7]);
    facts.is_owed = !row[9].is_null();
    facts.is_with_bot = !row[11].is_null();
    const std::array columns{Field::waiting_since, Field::due_at,          Field::snoozed_until,
                             Field::resolved_at,   Field::last_message_at, Field::created_at};
    const std::array places{8, 10, 12, 13, 14, 15};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        facts.times[columns[i]] = read_optional_timestamp(row[places[i]]);
    }
    facts.attributes = json(16);
    facts.contact_attributes = json(17);
    return facts;
}

class Oracle {
public:
    Oracle(const Known& known, const Asker& asker) : known_(known), asker_(asker) {}

    bool holds(const Node& node, const Facts& facts) const {
        const auto part_holds = [&](const Node& part) { return holds(part, facts); };
        switch (node.kind) {
            case Kind::all:
                return std::ranges::all_of(node.parts, part_holds);
            case Kind::any:
                return std::ranges::any_of(node.parts, part_holds);
            case Kind::negation:
                return !holds(node.parts.front(), facts);
            case Kind::term:
                break;
        }
        return holds(node.term, facts);
    }

private:
    bool holds(const Term& term, const Facts& facts) const {
        const auto any_text = [&](const auto& test) {
            return std::ranges::any_of(term.values, [&](const Value& v) { return test(std::get<std::string>(v)); });
        };
        const auto is_id = [&](const std::string& id) {
            return any_text([&](const std::string& text) {
                return text == "none" ? id.empty() : text == "me" ? id == to_string(asker_.agent) : id == text;
            });
        };
        switch (term.field) {
            case Field::state:
                return any_text(
                    [&](const auto& text) { return text == kStateWords.at(static_cast<std::size_t>(facts.state)); });
            case Field::priority:
                return any_text([&](const auto& text) {
                    return text == kPriorityWords.at(static_cast<std::size_t>(facts.priority));
                });
            case Field::team:
                return is_id(facts.team);
            case Field::assignee:
                return is_id(facts.assignee);
            case Field::channel:
                return is_id(facts.channel);
            case Field::contact:
                return is_id(facts.contact);
            case Field::tag:
                return any_text(
                    [&](const auto& text) { return std::ranges::find(facts.tags, text) != facts.tags.end(); });
            case Field::waiting:
                return flag(term) == (facts.times.at(Field::waiting_since).has_value() && !facts.is_with_bot);
            case Field::owed:
                return flag(term) == facts.is_owed;
            case Field::overdue:
                return flag(term) == (facts.times.at(Field::due_at) && *facts.times.at(Field::due_at) <= asker_.now);
            case Field::attribute:
                return holds_attribute(term, facts.attributes);
            case Field::contact_attribute:
                return holds_attribute(term, facts.contact_attributes);
            default:
                return holds_time(term, facts.times.at(term.field));
        }
    }

    static bool flag(const Term& term) { return std::get<bool>(term.values.front()); }

    bool holds_time(const Term& term, const std::optional<Timestamp>& time) const {
        if (term.op == Op::set) {
            return flag(term) == time.has_value();
        }
        const auto* offset = std::get_if<Offset>(&term.values.front());
        const auto at = offset != nullptr ? asker_.now + length_of(*offset) : std::get<Timestamp>(term.values.front());
        return time && (term.op == Op::before ? *time < at : *time > at);
    }

    bool holds_attribute(const Term& term, const text::Json& values) const {
        const auto* attribute = fitting_attribute(known_, term);
        const auto found = attribute == nullptr ? values.end() : values.find(std::to_string(attribute->slot));
        if (term.op == Op::set) {
            return flag(term) == (found != values.end());
        }
        return found != values.end() &&
               std::ranges::any_of(term.values, [&](const Value& value) { return compares(term.op, *found, value); });
    }

    bool compares(Op op, const text::Json& is, const Value& value) const {
        if (const auto* number = std::get_if<Number>(&value)) {
            const auto wanted = std::stod(number->json);
            return op == Op::at_least  ? is.get<double>() >= wanted
                   : op == Op::at_most ? is.get<double>() <= wanted
                                       : is.get<double>() == wanted;
        }
        if (const auto* flag = std::get_if<bool>(&value)) {
            return is.get<bool>() == *flag;
        }
        const auto* offset = std::get_if<Offset>(&value);
        const auto wanted = offset != nullptr ? to_rfc3339(asker_.now + length_of(*offset)).substr(0, 10)
                                              : std::get<std::string>(value);
        const auto text = is.get<std::string>();
        return op == Op::before ? text < wanted : op == Op::after ? text > wanted : text == wanted;
    }

    Known known_;
    Asker asker_;
};

class FilterMeaning : public ConversationTest {
protected:
    void SetUp() override {
        define(Subject::conversation, "note", Type::text);
        define(Subject::conversation, "total", Type::number);
        define(Subject::conversation, "vip", Type::boolean);
        define(Subject::conversation, "renewal", Type::date);
        define(Subject::contact, "plan", Type::choice);
        look(kFill, pqxx::params{to_string(account_), to_string(channel_.id), to_string(team_), to_string(maija_),
                                 to_string(pekka_), sql_timestamp(now_), kConversations});
        for (const auto& row : look(kFacts, pqxx::params{to_string(account_)})) {
            facts_.push_back(read_facts(row));
        }
    }

    void define(Subject subject, const std::string& key, Type type) {
        Attribute attribute;
        attribute.account = account_;
        attribute.id = desk::attribute::AttributeId::make();
        attribute.applies_to = subject;
        attribute.key = key;
        attribute.name = key;
        attribute.type = type;
        attribute.choices =
            type == Type::choice ? std::vector<std::string>{"free", "gold"} : std::vector<std::string>{};
        desk_.database.as_app(account_, [&](Tx& tx) {
            EXPECT_TRUE(desk::attribute::insert(tx, attribute).has_value());
            auto& list = subject == Subject::contact ? of_contacts_ : of_conversations_;
            list = desk::attribute::all_of(tx, account_, subject);
            return true;
        });
    }

    int pick(int count) { return static_cast<int>(chance_() % static_cast<unsigned>(count)); }

    std::string pick_term() {
        const std::vector<std::string> terms{
            R"("state","is":"open")",
            R"("state","in":["pending","resolved"])",
            R"("priority","in":["low","urgent"])",
            R"("team","is":"none")",
            R"("team","is":")" + to_string(team_) + "\"",
            R"("assignee","is":"me")",
            R"("assignee","in":["none",")" + to_string(pekka_) + "\"]",
            R"("channel","is":")" + to_string(channel_.id) + "\"",
            R"("contact","is":")" + facts_.at(static_cast<std::size_t>(pick(kConversations))).contact + "\"",
            R"("tag","has":"vip")",
            R"("tag","in":["ä","a b"])",
            R"("tag","has":"\"")",
            R"("waiting","is":true)",
            R"("owed","is":false)",
            R"("overdue","is":true)",
            R"("overdue","is":false)",
            R"("waiting_since","before":"-3h")",
            R"("waiting_since","set":false)",
            R"("due_at","after":"+2h")",
            R"("due_at","set":true)",
            R"("last_message_at","after":")" + to_rfc3339(now_ - 2h) + "\"",
            R"("created_at","before":"-5w")",
            R"("snoozed_until","before":"+2d")",
            R"("resolved_at","after":"-30h")",
            R"("attributes.note","is":"gold")",
            R"("attributes.note","set":true)",
            R"("attributes.total","at_least":0.1)",
            R"("attributes.total","at_most":-3)",
            R"("attributes.total","in":[5,0.1])",
            R"("attributes.vip","is":false)",
            R"("attributes.vip","set":false)",
            R"("attributes.renewal","before":"2026-12-24")",
            R"("attributes.renewal","after":"-14d")",
            R"("attributes.gone","is":"x")",
            R"("contact.attributes.plan","is":"gold")",
            R"("contact.attributes.plan","set":true)",
        };
        return R"({"field":)" + terms.at(static_cast<std::size_t>(pick(static_cast<int>(terms.size())))) + "}";
    }

    std::string pick_filter(int depth) {
        if (depth == 0 || pick(4) == 0) {
            return pick_term();
        }
        if (pick(4) == 0) {
            return R"({"not":)" + pick_filter(depth - 1) + "}";
        }
        std::string list;
        for (int i = pick(2) + 1; i >= 0; --i) {
            list += (list.empty() ? "" : ",") + pick_filter(depth - 1);
        }
        return (pick(2) == 0 ? R"({"all":[)" : R"({"any":[)") + list + "]}";
    }

    const Timestamp now_ = *parse_rfc3339("2026-11-22T10:00:00Z");
    std::vector<Attribute> of_conversations_, of_contacts_;
    std::vector<Facts> facts_;
    std::minstd_rand chance_{20261122};
};

TEST_F(FilterMeaning, IsWhatIsFound) {
    const Known known{.of_conversations = of_conversations_, .of_contacts = of_contacts_};
    const Asker asker{.agent = maija_, .now = now_};
    const Oracle oracle(known, asker);
    std::set<std::size_t> sizes;
    for (int i = 0; i < kFilters; ++i) {
        const auto written = pick_filter(3);
        const auto parsed = parse(text::Json::parse(written));
        ASSERT_TRUE(parsed.faults.empty() || parsed.faults.front().detail.find("at most") != std::string::npos)
            << written;
        if (!parsed.faults.empty()) {
            continue;
        }
        std::set<ConversationId> meant, found;
        for (const auto& facts : facts_) {
            if (oracle.holds(parsed.filter, facts)) {
                meant.insert(facts.id);
            }
        }
        const desk::view::Look wanted{.account = account_,
                                      .filter = compile(parsed.filter, known, asker),
                                      .sort = desk::conversation::Sort::newest,
                                      .after = {},
                                      .limit = kConversations + 1};
        for (const auto& place :
             desk_.database.as_app(account_, [&](Tx& tx) { return desk::view::look(tx, wanted); }).found) {
            found.insert(place.id);
        }
        EXPECT_EQ(found, meant) << written << "\n" << wanted.filter.path << "\n" << wanted.filter.variables;
        sizes.insert(found.size());
    }
    EXPECT_GT(sizes.size(), 30u) << "filters that find more or less everything say little";
}

}  // namespace
}  // namespace lupaus::inbox
