// The words and phrases of mail programs, normalised (phrases.hpp): what a language adds is added here and nowhere
// else.
#pragma once

#include <string_view>

namespace lupaus::html {

// English, Finnish, German, French, Spanish, Swedish, Italian, Dutch, Danish, Norwegian, Portuguese, Polish, Russian.
inline constexpr std::string_view kFrom[]{"from", "lähettäjä", "von", "de", "från", "da", "van", "fra", "od", "от"};
inline constexpr std::string_view kDate[]{"sent",       "date",    "lähetetty", "päivämäärä", "päiväys", "gesendet",
                                          "datum",      "envoyé",  "enviado",   "enviado el", "fecha",   "skickat",
                                          "inviato",    "data",    "verzonden", "sendt",      "dato",    "enviada em",
                                          "enviado em", "enviada", "wysłano",   "отправлено", "дата"};
inline constexpr std::string_view kTo[]{"to", "vastaanottaja", "an",  "à",  "para", "till",
                                        "a",  "aan",           "til", "do", "кому"};
inline constexpr std::string_view kSubject[]{"subject", "aihe",      "betreff", "objet",   "asunto", "ämne",
                                             "oggetto", "onderwerp", "emne",    "assunto", "temat",  "тема"};
inline constexpr std::string_view kCopy[]{"cc", "kopio", "kopie", "kopia", "copie à", "copia", "dw", "копия"};

inline constexpr std::string_view kOriginal[]{
    "original message",        "original appointment", "alkuperäinen viesti", "ursprüngliche nachricht",
    "originalnachricht",       "message d'origine",    "message original",    "mensaje original",
    "ursprungligt meddelande", "originalmeddelande",   "messaggio originale", "oorspronkelijk bericht",
    "oprindelig meddelelse",   "opprinnelig melding",  "mensagem original",   "oryginalna wiadomość",
    "wiadomość oryginalna",    "исходное сообщение",   "originalmelding"};

inline constexpr std::string_view kForwarded[]{"forwarded message",
                                               "välitetty viesti",
                                               "edelleenlähetetty viesti",
                                               "weitergeleitete nachricht",
                                               "message transféré",
                                               "message réexpédié",
                                               "mensaje reenviado",
                                               "vidarebefordrat meddelande",
                                               "vidarebefordrat mail",
                                               "messaggio inoltrato",
                                               "doorgestuurd bericht",
                                               "videresendt meddelelse",
                                               "videresendt melding",
                                               "videresendt e-post",
                                               "mensagem encaminhada",
                                               "przekazana wiadomość",
                                               "wiadomość przekazana dalej",
                                               "пересылаемое сообщение",
                                               "forwarded by"};

// Apple's, which stand without a rule.
inline constexpr std::string_view kBeginForwarded[]{
    "begin forwarded message:",     "välitetty viesti alkaa:",     "anfang der weitergeleiteten nachricht:",
    "début du message réexpédié",   "début du message transféré",  "inicio del mensaje reenviado:",
    "vidarebefordrat brev:",        "inizio messaggio inoltrato:", "begin doorgestuurd bericht:",
    "start på videresendt besked:", "videresendt melding:",        "início da mensagem encaminhada:"};

inline constexpr std::string_view kVerbs[]{"wrote",    "kirjoitti", "schrieb",    "hat geschrieben", "a écrit",
                                           "escribió", "skrev",     "ha scritto", "schreef",         "heeft geschreven",
                                           "escreveu", "napisał",   "napisała",   "napisał(a)",      "pisze",
                                           "написал",  "написала",  "пишет",      "kirjutas",        "írta"};

inline constexpr std::string_view kOpeners[]{
    "on", "am", "le", "el", "den", "il", "op", "em", "w dniu", "dnia",
    // days of the week, where the sentence begins with the date
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "ma", "ti", "ke", "to", "pe", "la", "su", "mo", "di", "mi", "do",
    "fr", "sa", "so", "man", "tir", "ons", "tor", "fre", "lør", "søn", "mån", "tis", "tors", "lör", "sön", "pon", "wt",
    "śr", "czw", "pt", "sob", "niedz", "пн", "вт", "ср", "чт", "пт", "сб", "вс"};

// What programs on telephones add, by the word with which it begins, or ends; and what makes it that.
inline constexpr std::string_view kSentFrom[]{"sent from",
                                              "sent via",
                                              "sent with",
                                              "get outlook",
                                              "lähetetty",
                                              "hanki outlook",
                                              "hae outlook",
                                              "von meinem",
                                              "gesendet mit",
                                              "gesendet von",
                                              "diese nachricht wurde von mein",
                                              "outlook für",
                                              "holen sie sich outlook",
                                              "envoyé de mon",
                                              "envoyé depuis",
                                              "envoyé à partir",
                                              "télécharger outlook",
                                              "obtenez outlook",
                                              "obtenir outlook",
                                              "enviado desde",
                                              "enviado do",
                                              "enviado de",
                                              "enviado a partir",
                                              "obtener outlook",
                                              "descargar outlook",
                                              "skickat från",
                                              "hämta outlook",
                                              "inviato da",
                                              "scarica outlook",
                                              "ottieni outlook",
                                              "verstuurd vanaf",
                                              "verzonden vanaf",
                                              "verzonden met",
                                              "outlook voor",
                                              "download outlook",
                                              "sendt fra",
                                              "hent outlook",
                                              "få outlook",
                                              "skaff deg outlook",
                                              "obter o outlook",
                                              "obtenha o outlook",
                                              "wysłane z",
                                              "wysłano z",
                                              "pobierz",
                                              "отправлено с",
                                              "отправлено из"};
inline constexpr std::string_view kDevices[]{
    "iphone",  "ipad",   "ipod",       "ios",       "android",  "samsung",  "galaxy",  "huawei",  "xiaomi", "redmi",
    "oneplus", "nokia",  "blackberry", "outlook",   "mail",     "windows",  "proton",  "phone",   "mobile", "mobil",
    "móvil",   "tablet", "handy",      "téléphone", "teléfono", "puhelime", "telefon", "смартфон"};

}  // namespace lupaus::html
