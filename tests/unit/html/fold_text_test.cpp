// How a dozen languages and the programs that speak them say that what follows was said before.
#include "common/html/html.hpp"

#include <gtest/gtest.h>

namespace lupaus::html {
namespace {

constexpr std::string_view kFresh = "Kiitos, se toimii!\n";

// Whatever is put before it stays fresh, and all of it goes.
void expect_folded(std::string_view old) {
    for (const std::string_view between : {"", "\n", "\n\n"}) {
        const auto text = std::string(kFresh).append(between).append(old);
        const auto folded = fold_text(text);
        EXPECT_EQ(folded.fresh, kFresh) << text;
        EXPECT_EQ(folded.fresh + folded.quoted, text);
    }
}

TEST(FoldLanguageTest, KnowsWhoWroteWhat) {
    for (const std::string_view line : {
             // English
             "On Mon, Jan 3, 2022 at 10:00 AM Aino Virtanen <aino@desk.example> wrote:",
             "On Mon, Jan 3, 2022 at 10:00 AM Aino Virtanen <aino@desk.example>\nwrote:",
             "On Mon, Jan 3, 2022 at 10:00 AM Aino Virtanen <\naino.virtanen@desk.example> wrote:",
             "On 3 Jan 2022, at 10:00, Aino Virtanen <aino@desk.example> wrote:",
             "On 03/01/2022 10:00, Aino wrote:",
             "On Monday, January 3, 2022, 10:00:00 AM GMT+2, Aino <aino@desk.example> wrote:",
             // Finnish
             "ma 3. tammik. 2022 klo 10.00 Aino Virtanen (aino@desk.example) kirjoitti:",
             "ma 3. tammik. 2022 klo 10.00 Aino Virtanen (aino@desk.example)\nkirjoitti:",
             "to 6. tammik. 2022 klo 10.00 Aino Virtanen <aino@desk.example> kirjoitti:",
             "Aino Virtanen <aino@desk.example> kirjoitti 3.1.2022 kello 10.00:",
             "Aino Virtanen <aino@desk.example> kirjoitti 3.1.2022\nkello 10.00:",
             "Aino Virtanen <\naino@desk.example> kirjoitti 3.1.2022 kello 10.00:",
             "Aino Virtanen kirjoitti 3.1.2022 klo 10:00:",
             "3.1.2022 10.00, Aino Virtanen kirjoitti:",
             // German
             "Am Mo., 3. Jan. 2022 um 10:00 Uhr schrieb Aino Virtanen <aino@desk.example>:",
             "Am Mo., 3. Jan. 2022 um 10:00 Uhr schrieb Aino Virtanen <\naino.virtanen@desk.example>:",
             "Am 03.01.22 um 10:00 schrieb Aino:",
             "Aino Virtanen <aino@desk.example> schrieb am Mo., 3. Jan. 2022,\n10:00:",
             // French
             "Le lun. 3 janv. 2022 \xC3\xA0 10:00, Aino Virtanen <aino@desk.example> a \xC3\xA9"
             "crit :",
             "Le lun. 3 janv. 2022 \xC3\xA0 10:00, Aino Virtanen <aino@desk.example> a\n\xC3\xA9"
             "crit\xC2\xA0:",
             "Le 3 janv. 2022 \xC3\xA0 10:00, Aino <aino@desk.example> a \xC3\xA9"
             "crit\xE2\x80\xAF:",
             // Spanish
             "El lun, 3 ene 2022 a las 10:00, Aino Virtanen (<aino@desk.example>) escribi\xC3\xB3:",
             "El lun, 3 ene 2022 a las 10:00, Aino Virtanen (<aino@desk.example>)\nescribi\xC3\xB3:",
             "El 3 ene 2022, a las 10:00, Aino <aino@desk.example> escribi\xC3\xB3:",
             // Swedish
             "Den m\xC3\xA5n 3 jan. 2022 kl 10:00 skrev Aino Virtanen <aino@desk.example>:",
             "Den m\xC3\xA5n 3 jan. 2022 kl 10:00 skrev Aino Virtanen <\naino@desk.example>:",
             "3 jan. 2022 kl. 10:00 skrev Aino Virtanen <aino@desk.example>:",
             "Den 2022-01-03 kl. 10:00, skrev Aino:",
             // Italian, Dutch, Danish, Norwegian, Portuguese, Polish, Russian
             "Il giorno lun 3 gen 2022 alle ore 10:00 Aino <aino@desk.example> ha scritto:",
             "Op ma 3 jan. 2022 om 10:00 schreef Aino <aino@desk.example>:",
             "Den man. 3. jan. 2022 kl. 10.00 skrev Aino <aino@desk.example>:",
             "man. 3. jan. 2022 kl. 10:00 skrev Aino <aino@desk.example>:",
             "Em seg., 3 de jan. de 2022 \xC3\xA0s 10:00, Aino <aino@desk.example> escreveu:",
             "pon., 3 sty 2022 o 10:00 Aino <aino@desk.example> napisa\xC5\x82(a):",
             "W dniu 3.01.2022 o 10:00, Aino pisze:",
             "\xD0\xBF\xD0\xBD, 3 \xD1\x8F\xD0\xBD\xD0\xB2. 2022 \xD0\xB3. \xD0\xB2 10:00, Aino <aino@desk.example>:",
         }) {
        expect_folded(line);
        expect_folded(std::string(line) + "\n\n> Oletko kokeillut?\n>\n> Aino\n");
        expect_folded(std::string(line) + "\n\nOletko kokeillut?\n\nAino\n");
        expect_folded(std::string(line) + "\r\n> a\r\n");
    }
}

TEST(FoldLanguageTest, KnowsWhoWroteWhatByTheQuotationBelow) {
    for (const std::string_view line : {"Aino wrote:", "Aino kirjoitti:", "Aino schrieb:",
                                        "Aino a \xC3\xA9"
                                        "crit :",
                                        "Aino skrev:"}) {
        expect_folded(std::string(line) + "\n> a\n");
        const auto said = std::string(line) + "\nthe lamp is broken\n";
        EXPECT_EQ(fold_text(said).fresh, said) << "its writer's own words";
    }
}

TEST(FoldLanguageTest, KnowsTheHeadOfAQuotedMail) {
    for (const std::string_view head : {
             "From: Desk <desk@desk.example>\nSent: Monday, January 3, 2022 10:00\nTo: Aino\nSubject: Lamp",
             "From: Desk\nDate: Monday, January 3, 2022 at 10:00\nTo: Aino\nCc: Eero\nSubject: Lamp",
             "*From:* Desk <desk@desk.example>\n*Sent:* Monday\n*To:* Aino <aino@a.example>\n*Subject:* Lamp",
             "From: Desk\nSent: Monday\nTo: Aino <aino@a.example>; Eero\n <eero@a.example>\nSubject: Lamp",
             "L\xC3\xA4hett\xC3\xA4j\xC3\xA4: Desk\nL\xC3\xA4hetetty: maanantai 3. tammikuuta 2022 "
             "10.00\nVastaanottaja: Aino\nAihe: Lamppu",
             "L\xC3\xA4hett\xC3\xA4j\xC3\xA4: Desk\nP\xC3\xA4iv\xC3\xA4m\xC3\xA4\xC3\xA4r\xC3\xA4: maanantai 3. "
             "tammikuuta 2022\nVastaanottaja: Aino\nAihe: Lamppu",
             "Von: Desk\nGesendet: Montag, 3. Januar 2022 10:00\nAn: Aino\nBetreff: Lampe",
             "Von: Desk\nDatum: Montag, 3. Januar 2022 um 10:00\nAn: Aino\nCc: Eero\nBetreff: Lampe",
             "De : Desk\nEnvoy\xC3\xA9 : lundi 3 janvier 2022 10:00\n\xC3\x80 : Aino\nObjet : Lampe",
             "De\xC2\xA0: Desk\nDate\xC2\xA0: lundi 3 janvier 2022\n\xC3\x80\xC2\xA0: Aino\nObjet\xC2\xA0: Lampe",
             "De: Desk\nEnviado: lunes, 3 de enero de 2022 10:00\nPara: Aino\nAsunto: L\xC3\xA1mpara",
             "De: Desk\nFecha: lunes, 3 de enero de 2022\nPara: Aino\nAsunto: L\xC3\xA1mpara",
             "Fr\xC3\xA5n: Desk\nSkickat: den 3 januari 2022 10:00\nTill: Aino\n\xC3\x84mne: Lampa",
             "Fr\xC3\xA5n: Desk\nSkickat: den 3 januari 2022 10:00\n\xC3\x84mne: Lampa",
             "\xD0\x9E\xD1\x82: Desk\n\xD0\x94\xD0\xB0\xD1\x82\xD0\xB0: 3\n\xD0\xA2\xD0\xB5\xD0\xBC\xD0\xB0: x",
             "Da: Desk\nInviato: luned\xC3\xAC 3 gennaio 2022\nA: Aino\nOggetto: Lampada",
             "Van: Desk\nVerzonden: maandag 3 januari 2022\nAan: Aino\nOnderwerp: Lamp",
             "Fra: Desk\nSendt: mandag 3. januar 2022\nTil: Aino\nEmne: Lampe",
             "De: Desk\nEnviada em: segunda-feira\nPara: Aino\nAssunto: L\xC3\xA2mpada",
             "Od: Desk\nWys\xC5\x82"
             "ano: poniedzia\xC5\x82"
             "ek\nDo: Aino\nTemat: Lampa",
             "\xD0\x9E\xD1\x82: "
             "Desk\n\xD0\x9E\xD1\x82\xD0\xBF\xD1\x80\xD0\xB0\xD0\xB2\xD0\xBB\xD0\xB5\xD0\xBD\xD0\xBE: "
             "3\n\xD0\x9A\xD0\xBE\xD0\xBC\xD1\x83: Aino\n\xD0\xA2\xD0\xB5\xD0\xBC\xD0\xB0: x",
         }) {
        const auto old = std::string(head) + "\n\nOletko kokeillut?\n\n-- \nDesk\n";
        expect_folded(old);
        expect_folded("________________________________\n" + old);
        expect_folded("-----Original Message-----\n" + old);
    }
}

TEST(FoldLanguageTest, KnowsTheOriginalMessage) {
    for (const std::string_view words :
         {"Original Message", "Original message", "Alkuper\xC3\xA4inen viesti", "Urspr\xC3\xBCngliche Nachricht",
          "Message d'origine", "Message d\xE2\x80\x99origine", "Mensaje original", "Ursprungligt meddelande",
          "Messaggio originale", "Oorspronkelijk bericht", "Oprindelig meddelelse", "Opprinnelig melding",
          "Mensagem original", "Oryginalna wiadomo\xC5\x9B\xC4\x87"}) {
        for (const std::string_view rule : {"-----", "--------", "----- "}) {
            const auto line = std::string(rule).append(words).append(rule.ends_with(' ') ? " -----" : rule);
            expect_folded(line + "\nOletko kokeillut?\n");
            expect_folded(line + "\n> Oletko kokeillut?\n");
        }
    }
}

TEST(FoldLanguageTest, KnowsWhatTelephonesAdd) {
    for (const std::string_view line : {"Sent from my iPhone",
                                        "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
                                        "Get Outlook for iOS",
                                        "Get Outlook for iOS <https://aka.ms/o0ukef>",
                                        "Sent from Mail for Windows",
                                        "L\xC3\xA4hetetty iPhonesta",
                                        "L\xC3\xA4hetetty Samsung Galaxy -\xC3\xA4lypuhelimesta",
                                        "Hanki Outlook for Android",
                                        "Von meinem iPhone gesendet",
                                        "Gesendet von meinem Samsung-Smartphone.",
                                        "Outlook f\xC3\xBCr iOS beziehen",
                                        "Mit meinem iPhone gesendet",
                                        "Envoy\xC3\xA9 de mon iPhone",
                                        "Envoy\xC3\xA9 depuis mon t\xC3\xA9l\xC3\xA9phone",
                                        "Enviado desde mi iPhone",
                                        "Skickat fr\xC3\xA5n min iPhone",
                                        "Skickat fr\xC3\xA5n Outlook f\xC3\xB6r Android",
                                        "H\xC3\xA4mta Outlook f\xC3\xB6r iOS",
                                        "Inviato da iPhone",
                                        "Verstuurd vanaf mijn iPhone",
                                        "Sendt fra min iPhone",
                                        "Enviado do meu iPhone",
                                        "Wys\xC5\x82"
                                        "ane z iPhone'a"}) {
        expect_folded(line);
        expect_folded(std::string(line) + "\n\nOn 3 Jan 2022, at 10:00, Aino <a@desk.example> wrote:\n\n> a\n");
    }
    for (const std::string_view line :
         {"Sent from my shop yesterday, and nothing came.", "L\xC3\xA4hetetty eilen", "My iPhone is broken."}) {
        const auto text = std::string(kFresh).append(line);
        EXPECT_EQ(fold_text(text).fresh, text);
    }
}

}  // namespace
}  // namespace lupaus::html
