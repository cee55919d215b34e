#include "common/mail/flowed.hpp"

#include <gtest/gtest.h>

namespace lupaus::mail {
namespace {

struct Case {
    std::string_view flowed;
    std::string_view text;
};

TEST(Flowed, JoinsLinesThatGoOn) {
    const Case cases[] = {
        {"", ""},
        {"fixed\nlines\n", "fixed\nlines\n"},
        {"one \ntwo \nthree\nfour\n", "one two three\nfour\n"},
        {"one \n", "one \n"},
        {"one \n\ntwo\n", "one \ntwo\n"},
        {" stuffed\n  twice\n", "stuffed\n twice\n"},
        {" >not quoted\n", ">not quoted\n"},
        {"> one \n> two\nthree\n", "> one two\nthree\n"},
        {">> deep \n> less\n", ">> deep \n> less\n"},
        {">\n> a\n", ">\n> a\n"},
        {">one \n>two\n", "> one two\n"},
        {"said \n-- \nAino \nV\n", "said \n-- \nAino V\n"},
        {"> -- \n> Aino\n", "> -- \n> Aino\n"},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(unflow(one.flowed, false), one.text) << one.flowed;
    }
}

TEST(Flowed, LeavesBlanksOutThatAreNoneOfTheText) {
    EXPECT_EQ(unflow("日 \n本\n", true), "日本\n");
    EXPECT_EQ(unflow("a  \nb\n", true), "a b\n");
    EXPECT_EQ(unflow("-- \na\n", true), "-- \na\n");
}

}  // namespace
}  // namespace lupaus::mail
