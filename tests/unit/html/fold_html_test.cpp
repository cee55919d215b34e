// As the mail programs of our time write their answers.
#include "common/html/html.hpp"
#include "tests/unit/html/markup_check.hpp"

#include <gtest/gtest.h>

namespace lupaus::html {
namespace {

struct Case {
    std::string_view name;
    std::string_view html;
    std::string_view fresh;   // as text
    std::string_view quoted;  // the same
};

const Case kAnswers[] = {
    {"Gmail, above",
     R"(<div dir="ltr">It works!</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">)"
     R"(On Mon, Jan 3, 2022 at 10:00&#8239;AM Aino &lt;<a href="mailto:a@desk.example">a@desk.example</a>&gt; wrote:<br></div>)"
     R"(<blockquote class="gmail_quote" style="margin:0"><div>Try again.</div></blockquote></div>)",
     "It works!",
     "On Mon, Jan 3, 2022 at 10:00\xE2\x80\xAF"
     "AM Aino <a@desk.example> wrote:\n\n> Try again."},
    {"Gmail in a language of its own",
     R"(<div>Toimii!</div><div class="gmail_quote"><div class="gmail_attr">2022(e)ko urt. 3(a), Aino igorleak hau idatzi du:</div>)"
     R"(<blockquote class="gmail_quote">Try again.</blockquote></div>)",
     "Toimii!", "2022(e)ko urt. 3(a), Aino igorleak hau idatzi du:\n\n> Try again."},
    {"Gmail, between",
     R"(<div class="gmail_quote"><div class="gmail_attr">On Mon, Jan 3, 2022 at 10:00 Aino &lt;a@desk.example&gt; wrote:</div>)"
     R"(<blockquote class="gmail_quote">First?</blockquote><div>Yes.</div><blockquote class="gmail_quote">Second?</blockquote></div>)",
     "On Mon, Jan 3, 2022 at 10:00 Aino <a@desk.example> wrote:\n\n> First?\n\nYes.", "> Second?"},
    {"Gmail, below",
     R"(<div class="gmail_attr">On Mon, Jan 3, 2022 at 10:00 Aino &lt;a@desk.example&gt; wrote:</div>)"
     R"(<blockquote class="gmail_quote">First?</blockquote><div>Yes.</div>)",
     "On Mon, Jan 3, 2022 at 10:00 Aino <a@desk.example> wrote:\n\n> First?\n\nYes.", ""},
    {"Gmail, passed on",
     R"(<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <b>A</b><br>)"
     R"(Date: Mon<br>Subject: B<br>To: C</div><p>The lamp broke.</p></div>)",
     "FYI\n---------- Forwarded message ---------\nFrom: A\nDate: Mon\nSubject: B\nTo: C\n\nThe lamp broke.", ""},
    {"a quotation of what was passed on",
     R"(<div>It works!</div><div class="gmail_attr">Aino:</div><blockquote type="cite"><div>---------- Forwarded message )"
     R"(---------</div><div>The lamp broke.</div></blockquote>)",
     "It works!", "Aino:\n\n> ---------- Forwarded message ---------\n> The lamp broke."},
    {"a class among others", R"(<div>It works!</div><div class="a moz-signature">Eero</div>)", "It works!", "Eero"},
    {"a type of something else", R"(<div>It works!</div><div type="cite">Really.</div>)", "It works!\nReally.", ""},
    {"Gmail's signature",
     R"(<div>It works!</div><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Eero<br>Eero Oy</div>)",
     "It works!", "--\nEero\nEero Oy"},
    {"Apple Mail",
     R"(<body>It works!<br><div><br><blockquote type="cite"><div>Aino &lt;a@desk.example&gt; kirjoitti 3.1.2022 kello 10.00:</div><br>)"
     R"(<div>Try again.</div></blockquote></div></body>)",
     "It works!", "> Aino <a@desk.example> kirjoitti 3.1.2022 kello 10.00:\n\n> Try again."},
    {"iPhone",
     R"(<div dir="ltr">It works!<div><br></div><div>L&auml;hetetty iPhonesta</div></div><div><br><blockquote type="cite">Aino )"
     R"(kirjoitti:<br>Try again.</blockquote></div>)",
     "It works!", "L\xC3\xA4hetetty iPhonesta\n\n> Aino kirjoitti:\n> Try again."},
    {"Outlook",
     R"(<div class="WordSection1"><p class="MsoNormal">It works!<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div>)"
     R"(<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>Von:</b> Desk &lt;desk@desk.example&gt;<br>)"
     R"(<b>Gesendet:</b> Montag, 3. Januar 2022 10:00<br><b>An:</b> Eero<br><b>Betreff:</b> Lampe</p></div></div>)"
     R"(<p class="MsoNormal">Try again.</p></div>)",
     "It works!",
     "Von: Desk <desk@desk.example>\nGesendet: Montag, 3. Januar 2022 10:00\nAn: Eero\nBetreff: Lampe\n\nTry again."},
    {"Outlook on the web",
     R"(<div class="elementToProof">It works!</div><div id="appendonsend"></div><hr tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">)"
     R"(<font face="Calibri"><b>Whoever:</b> Desk</font></div><div>Try again.</div>)",
     "It works!", "Whoever: Desk\nTry again."},
    {"Outlook on a telephone",
     R"(<div>It works!</div><div id="ms-outlook-mobile-signature">Hae <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>)"
     R"(<hr><div id="divRplyFwdMsg"><b>From:</b> Desk</div><p>Try again.</p>)",
     "It works!", "Hae Outlook for iOS <https://aka.ms/o0ukef>\n\nFrom: Desk\n\nTry again."},
    {"Thunderbird",
     R"(<p>It works!</p><div class="moz-cite-prefix">Am 03.01.22 um 10:00 schrieb Desk:<br></div><blockquote type="cite" )"
     R"(cite="mid:x@y"><p>Try again.</p></blockquote><pre class="moz-signature" cols="72">-- )"
     "\nEero</pre>",
     "It works!", "Am 03.01.22 um 10:00 schrieb Desk:\n\n> Try again.\n\n--\nEero"},
    {"Thunderbird, below",
     R"(<div class="moz-cite-prefix">Am 03.01.22 um 10:00 schrieb Desk:<br></div><blockquote type="cite"><p>Try again.</p>)"
     R"(</blockquote><p>It works!</p>)",
     "Am 03.01.22 um 10:00 schrieb Desk:\n\n> Try again.\n\nIt works!", ""},
    {"Yahoo",
     R"(<div class="ydp1">It works!</div><div class="yahoo_quoted"><div>El lunes, Desk escribi&oacute;: </div><div>Try again.</div></div>)",
     "It works!", "El lunes, Desk escribi\xC3\xB3:\nTry again."},
    {"GMX",
     R"(<div>It works!</div><div name="quote" style="margin:10px"><b>Gesendet:</b> Montag<div>Try again.</div></div>)",
     "It works!", "Gesendet: Montag\nTry again."},
    {"Proton",
     R"(<div>It works!</div><div class="protonmail_signature_block">Sent with <a href="https://proton.me">Proton Mail</a></div>)"
     R"(<div class="protonmail_quote">On Monday, Desk wrote:<br><blockquote type="cite">Try again.</blockquote></div>)",
     "It works!", "Sent with Proton Mail <https://proton.me>\nOn Monday, Desk wrote:\n\n> Try again."},
    {"set in by hand", R"(<p>My number:</p><blockquote>1234</blockquote>)", "My number:\n\n> 1234", ""},
    {"nothing but a quotation", R"(<blockquote type="cite">Try again.</blockquote>)", "> Try again.", ""},
    {"a picture and a quotation", R"(<img src="cid:a"><blockquote type="cite">Try again.</blockquote>)", "",
     "> Try again."},
    {"a picture that counts readers, after a quotation",
     R"(<p>It works!</p><blockquote type="cite">Try again.</blockquote><img src="https://a.example/1.gif">)",
     "It works!", "> Try again."},
    {"nothing", "", "", ""},
};

TEST(FoldHtmlTest, FoldsWhatMailProgramsQuote) {
    for (const auto& [name, html, fresh, quoted] : kAnswers) {
        const auto sanitised = sanitise(html).html;
        const auto folded = fold_html(sanitised);
        EXPECT_EQ(to_text(folded.fresh), fresh) << name << "\n" << folded.fresh;
        EXPECT_EQ(to_text(folded.quoted), quoted) << name << "\n" << folded.quoted;
        EXPECT_EQ(check_markup(folded.fresh), "") << name << "\n" << folded.fresh;
        EXPECT_EQ(check_markup(folded.quoted), "") << name << "\n" << folded.quoted;
    }
}

TEST(FoldHtmlTest, ClosesAndOpensWhatTheFoldFallsInto) {
    const auto folded = fold_html("<div dir=\"ltr\"><p>a</p><p>-- </p><p>b</p></div>");
    EXPECT_EQ(folded.fresh, "<div dir=\"ltr\"><p>a</p></div>");
    EXPECT_EQ(folded.quoted, "<div dir=\"ltr\"><p>-- </p><p>b</p></div>");
    const auto line = fold_html("a<br>-- <br>b");
    EXPECT_EQ(line.fresh, "a<br>");
    EXPECT_EQ(line.quoted, "-- <br>b");
}

}  // namespace
}  // namespace lupaus::html
