#include "services/desk/attribute/store.hpp"

#include "common/postgres/values.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/attribute/queries.sql.hpp"

namespace lupaus::desk::attribute {

namespace {

// The column order of every query of this room that returns attributes.
Attribute read_attribute(const pqxx::row& row) {
    return Attribute{.account = read_id<AccountId>(row[0]),
                     .id = read_id<AttributeId>(row[1]),
                     .slot = row[2].as<std::int64_t>(),
                     .applies_to = static_cast<Subject>(row[3].as<std::int16_t>()),
                     .key = row[4].as<std::string>(),
                     .name = row[5].as<std::string>(),
                     .type = static_cast<Type>(row[6].as<std::int16_t>()),
                     .choices = read_text_array(row[7]),
                     .version = row[8].as<int>()};
}

std::vector<Attribute> read_all(const pqxx::result& rows) {
    std::vector<Attribute> found;
    for (const auto& row : rows) {
        found.push_back(read_attribute(row));
    }
    return found;
}

int code(Subject subject) {
    return static_cast<int>(subject);
}

}  // namespace

Result<void> insert(Tx& tx, const Attribute& attribute) {
    const account::Bound bound{.what = "attributes", .max = kAttributesMax, .count = sql::count_attributes};
    if (auto room = account::check_room(tx, attribute.account, bound, attribute.id.value); !room) {
        return room;
    }
    const auto stored =
        tx.exec(sql::insert_attribute, pqxx::params{to_string(attribute.account), to_string(attribute.id),
                                                    code(attribute.applies_to), attribute.key, attribute.name,
                                                    static_cast<int>(attribute.type), array_text(attribute.choices)});
    if (stored.affected_rows() > 0) {
        return {};
    }
    return Error{.code = Errc::conflict, .detail = "There is an attribute \"" + attribute.key + "\" already."};
}

std::optional<Attribute> find(Tx& tx, AccountId account, AttributeId id) {
    const auto rows = tx.exec(sql::find_attribute, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? std::nullopt : std::optional(read_attribute(rows[0]));
}

std::optional<Attribute> lock(Tx& tx, AccountId account, AttributeId id) {
    tx.exec(sql::lock_attribute, pqxx::params{to_string(account), to_string(id)});
    return find(tx, account, id);
}

void update(Tx& tx, const Attribute& attribute) {
    tx.exec(sql::update_attribute, pqxx::params{to_string(attribute.account), to_string(attribute.id), attribute.name,
                                                array_text(attribute.choices)});
}

void remove(Tx& tx, AccountId account, AttributeId id) {
    tx.exec(sql::delete_attribute, pqxx::params{to_string(account), to_string(id)});
}

std::vector<Attribute> list(Tx& tx, const Page& page) {
    return read_all(tx.exec(sql::list_attributes, pqxx::params{to_string(page.account), code(page.after_subject),
                                                               page.after_key, page.limit}));
}

std::vector<Attribute> all_of(Tx& tx, AccountId account, Subject subject) {
    return read_all(tx.exec(sql::attributes_of_subject, pqxx::params{to_string(account), code(subject)}));
}

}  // namespace lupaus::desk::attribute
