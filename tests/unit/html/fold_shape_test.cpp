// Who answers above, below or between, and what is left of it.
#include "common/html/html.hpp"

#include <gtest/gtest.h>

#include <random>

namespace lupaus::html {
namespace {

constexpr std::string_view kSaid = "On Mon, Jan 3, 2022 at 10:00 AM Aino <aino@desk.example> wrote:\n";

std::string text_of(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        text += part;
    }
    return text;
}

struct Case {
    std::string fresh;
    std::string quoted;
};

TEST(FoldShapeTest, FoldsWhatIsAtTheEndAndNothingElse) {
    for (const auto& [fresh, quoted] : {
             Case{"", ""},
             Case{"Hei!", ""},
             Case{"Hei!\n", ""},
             Case{"a\n", text_of({"\n", kSaid, "> b\n"})},
             // below, and between
             Case{text_of({kSaid, "> a\n> b\n\nIt works.\n"}), ""},
             Case{text_of({"Hei,\n\n", kSaid, "> a\n\nYes.\n\n> b\n\nNo.\n"}), ""},
             Case{text_of({kSaid, "> a\nYes.\n"}), "> b\n> c\n"},
             Case{text_of({kSaid, "> a\n\nIt works.\n"}), "\n-- \nEero\nEero Oy\n"},
             Case{"> a\nYes.\n", "\nSent from my iPhone\n"},
             Case{text_of({"-----Original Message-----\n> a\nYes.\n"}), ""},
             // signatures
             Case{"a\n", "-- \nEero\n"},
             Case{"a\n", "\n--\nEero\n\nEero Oy\nPuh. 1\n"},
             Case{"a\n", text_of({"-- \nEero\n\n", kSaid, "> b\n"})},
             Case{text_of({"a\n-- \nEero\n\n", kSaid, "> b\n\nYes.\n"}), ""},
             Case{"a\n-- \n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n", ""},
             Case{"a\n", "-- \n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n"},
             Case{"a\n -- b\n--c\n", ""},
             // nothing but history: then it is all there is
             Case{text_of({kSaid, "> a\n"}), ""},
             Case{"> a\n> b\n", ""},
             Case{"-- \nEero\n", ""},
             Case{"Sent from my iPhone", ""},
             Case{"a\n-- \nEero\n> b\nYes.\n", ""},
             Case{"a\n",
                  "-- \nEero\n-----Original Message-----\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n"},
             // what is passed on is said anew
             Case{"Please see below.\n\n---------- Forwarded message ---------\nFrom: A <a@a.example>\nDate: Mon\n"
                  "Subject: B\nTo: C\n\nThe lamp broke.\n",
                  ""},
             Case{"FYI\n\nBegin forwarded message:\n\nFrom: A\nDate: Mon\nTo: B\n\nThe lamp broke.\n", ""},
             Case{"FYI\n\n-------- V\xC3\xA4litetty viesti --------\n> a\n", ""},
             Case{"a\n", text_of({"\n", kSaid, "> ---------- Forwarded message ---------\n> b\n"})},
             // words that only look like it
             Case{"From: the shop\nTo: my home\nit took a week.\n", ""},
             Case{"On Monday I wrote:\nplease repair it.\n", ""},
             Case{"My order 1234 of 10:00:\na lamp\n", ""},
             Case{"a\n----------\nb\n", ""},
             Case{"Am 3. Mai um 10:00 habe ich bestellt.\n",
                  "Am Mo., 3. Jan. 2022 um 10:00 schrieb Aino <aino@desk.example>:\n> a\n"},
             Case{"2 lamps, 10:00 on Monday\n", "2022-01-03 10:00 Aino <aino@desk.example> wrote:\n> a\n"},
             // no-break spaces and line ends of every kind
             Case{"a\r\n", text_of({"\r\n", kSaid, "> b\r\n\xC2\xA0\r\n"})},
             Case{"a\n", text_of({"\xC2\xA0\n", kSaid, " > b"})},
         }) {
        const auto folded = fold_text(fresh + quoted);
        EXPECT_EQ(folded.fresh, fresh) << fresh + quoted;
        EXPECT_EQ(folded.quoted, quoted) << fresh + quoted;
    }
}

TEST(FoldShapeTest, LeavesWordsThatOnlyLookLikeHistory) {
    for (const auto& [fresh, quoted] : {
             Case{"It works.\n\nFrom: the shop\nDate: Monday\nit took a week.\n", ""},
             Case{"It works.\n\nFrom: the shop\n\nit took a week.\nDate: Monday\nTo: my home\n", ""},
             Case{"It works.\n\nFrom: the shop\n1\n2\n3\n4\n5\n6\n7\n8\nDate: Monday\nTo: my home\n", ""},
             Case{"It works.\n", "\nFrom: the shop\n1\n2\n3\n4\n5\n6\n7\nDate: Monday\nTo: my home\n"},
             Case{"a\n---\n", "From: Desk\nSent: Monday\nTo: Aino\n\nb\n"},
             Case{"a\nOriginal message\nb\n", ""},
             Case{"It works.\n\nAino wrote:\nthe lamp is broken.\n", ""},
             Case{"a\nAino <aino@desk.example> wrote:\nthe lamp is broken.\n", ""},
             Case{"a\nOn 3 January 2022 I wrote:\nthe lamp is broken.\n", ""},
             Case{"a\nCall 1234 or write to <aino@desk.example>:\nsoon, please.\n", ""},
             Case{"a\nOn Jan 3, 2022 at 10:00 Aino rewrote:\nb\n", ""},
             Case{"a\nOn Jan 3, 2022 at 10:00 Aino skreven:\nb\n", ""},
             Case{"a\nOn Jan 3, 2022 at 10:00 Aino wrote " + std::string(364, 'x') + ": b\nc\n", ""},
             Case{"a\nSent from my iPhone, which is as old as the lamp that you sold to me in the year before last, "
                  "and as broken as that.\n",
                  ""},
             Case{"a\nOn Mon, Jan 3, 2022 at 10:00\n", "\nAino <aino@desk.example> wrote:\n> b\n"},
             Case{"a\nOn Mon, Jan 3, 2022\nat 10:00 AM\nAino Virtanen\n<aino@desk.example> said\n",
                  "and wrote:\n> b\n"},
         }) {
        const auto folded = fold_text(fresh + quoted);
        EXPECT_EQ(folded.fresh, fresh) << fresh + quoted;
        EXPECT_EQ(folded.quoted, quoted) << fresh + quoted;
    }
}

// Lines of every kind in any order: nothing is lost, and something is left.
TEST(FoldShapeTest, LosesNothing) {
    const std::vector<std::string_view> lines{"a\n",
                                              "\n",
                                              "> b\n",
                                              kSaid,
                                              "-- \n",
                                              "--\n",
                                              "Sent from my iPhone\n",
                                              "From: a\n",
                                              "Sent: b\n",
                                              "To: c\n",
                                              "________________\n",
                                              "-----Original Message-----\n",
                                              "\r\n",
                                              "Aino wrote:\n",
                                              "On Mon, Jan 3, 2022 at 10:00 AM Aino <\n",
                                              "aino@desk.example> wrote:\n",
                                              "x",
                                              "\xC2\xA0\n"};
    std::mt19937 chance(20221);
    std::uniform_int_distribution<std::size_t> any(0, lines.size() - 1);
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (std::size_t count = any(chance); count > 0; --count) {
            text += lines[any(chance)];
        }
        const auto folded = fold_text(text);
        ASSERT_EQ(folded.fresh + folded.quoted, text);
        ASSERT_TRUE(text.empty() || !folded.fresh.empty()) << text;
        ASSERT_TRUE(folded.quoted.empty() || folded.fresh.ends_with('\n')) << text;
    }
}

}  // namespace
}  // namespace lupaus::html
