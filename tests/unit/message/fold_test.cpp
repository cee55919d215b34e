// Folds as they are stored and shown. How they are found is tested with common/html.
#include "services/desk/message/fold.hpp"

#include "services/desk/message/store.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lupaus::desk::message {
namespace {

Message folded(std::string text, std::optional<std::string> html = {}) {
    Message message;
    message.text = std::move(text);
    message.html = std::move(html);
    message.folds = find_folds(message.text, message.html);
    return message;
}

TEST(Fold, PartsWhatIsNewFromWhatWasSaidBefore) {
    const std::string answers[][2] = {
        {"It works!\n", "\nOn Mon, Jan 3, 2022 at 10:00, Aino wrote:\n> Try again.\n"},
        {"Toimii, kiitos!\n",
         "\nma 3. tammikuuta 2022 klo 10.00 Aino (aino@example.org) kirjoitti:\n> Yritä uudelleen.\n"},
        {"Es geht!\n", "\nAm 03.01.2022 um 10:00 schrieb Aino:\n> Noch einmal.\n"},
        {"Ça marche !\n", "\nLe lun. 3 janv. 2022 à 10:00, Aino <a@example.org> a écrit :\n> Encore.\n"},
        {"¡Funciona!\n", "\nEl lun, 3 ene 2022 a las 10:00, Aino (<a@example.org>) escribió:\n> Otra vez.\n"},
        {"Det går!\n", "\nDen mån 3 jan. 2022 kl 10:00 skrev Aino <a@example.org>:\n> En gång till.\n"},
        {"Thanks\n", "-- \nEero\nEero Oy\n"},
    };
    for (const auto& [fresh, rest] : answers) {
        const auto message = folded(fresh + rest);
        ASSERT_TRUE(new_text(message)) << rest;
        EXPECT_TRUE(message.text.starts_with(*new_text(message))) << "nothing is cut out, and nothing added";
        EXPECT_EQ(new_text(message)->find("Aino"), std::string::npos) << *new_text(message);
        EXPECT_EQ(new_text(message)->substr(0, fresh.size() - 1), fresh.substr(0, fresh.size() - 1));
    }
}

TEST(Fold, CountsCharacters) {
    const auto quoted = folded("Ää 😀\n\nAm 03.01.2022 um 10:00 schrieb Aino:\n> vanhaa\n");
    ASSERT_TRUE(quoted.folds.text);
    EXPECT_EQ(*quoted.folds.text, 5) << "as PostgreSQL does";
    EXPECT_EQ(new_text(quoted), "Ää 😀\n");
}

TEST(Fold, MarkupIsBalanced) {
    const auto message = folded(
        "x",
        R"(<div><p>Toimii, <b>kiitos</b>!</p><blockquote type="cite" data-fold="quote"><p>Yritä.</p></blockquote></div>)");
    EXPECT_EQ(new_html(message), "<div><p>Toimii, <b>kiitos</b>!</p></div>");
}

TEST(Fold, IsNoneWhereAllIsNew) {
    const auto message = folded("Hei!", "<p>Hei!</p>");
    EXPECT_EQ(message.folds, Folds{});
    EXPECT_FALSE(new_text(message));
    EXPECT_FALSE(new_html(message));
    const auto quote_alone = folded("> only a quotation\n");
    EXPECT_FALSE(new_text(quote_alone)) << "something has to be left to read";
}

TEST(Fold, OfWhatWasTakenBackNothingIsLeft) {
    auto message = folded("Hei!\n-- \nEero\n");
    message.text.clear();
    EXPECT_EQ(new_text(message), "");
}

TEST(Fold, AMessageShowsWhatIsNewBesideTheWhole) {
    std::string json;
    append_json(json, folded("Hei!\n-- \nEero\n", "<p>Hei!</p><div data-fold=\"signature\">Eero</div>"));
    const auto shown = nlohmann::json::parse(json);
    EXPECT_EQ(shown["text"], "Hei!\n-- \nEero\n");
    EXPECT_EQ(shown["new_text"], "Hei!\n");
    EXPECT_EQ(shown["new_html"], "<p>Hei!</p>");
    json.clear();
    append_json(json, folded("Hei!"));
    EXPECT_TRUE(nlohmann::json::parse(json)["new_text"].is_null());
    EXPECT_TRUE(nlohmann::json::parse(json)["new_html"].is_null());
}

}  // namespace
}  // namespace lupaus::desk::message
