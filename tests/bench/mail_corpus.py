"""The mails that the benchmarks of email read: made ones, the same in every run, as people, shops and mail programs
write them, and those that Python tests its own package with."""

import email.message
import email.policy
import pathlib
import random

LARGE_BYTES = 25 * 1024 * 1024
SPARE_BYTES = 512 * 1024  # what whoever delivers it may put in front
PYTHON = "Python's own tests"
WORDS = "Päivää missä pakettini viipyy se luvattiin tiistaiksi mutta ovella ei ole käynyt kukaan kiitos avusta".split()
DATE = "Thu, 26 Nov 2026 06:43:40 +0200"

# What servers on the way put in front of a mail, folded as they fold it.
WAY = "".join(
    f"Received: from mx{hop}.example (mx{hop}.example [192.0.2.{hop + 1}])\r\n"
    f"\tby mx{hop + 1}.example (Postfix) with ESMTPS id 4XyZ{hop}k2Qz1b{hop}\r\n"
    f"\tfor <support@desk.example>; {DATE} (EET)\r\n"
    for hop in range(3)
) + (
    "Authentication-Results: mx3.example; dkim=pass header.d=shop.example header.s=s1;\r\n"
    "\tspf=pass (mx3.example: domain of bounce@shop.example designates 192.0.2.1 as permitted sender)\r\n"
    "\tsmtp.mailfrom=bounce@shop.example; dmarc=pass (p=reject) header.from=shop.example\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s1; t=1795668220;\r\n"
    "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n"
    "\th=from:to:subject:date:message-id:mime-version:content-type:list-unsubscribe;\r\n"
    "\tb=" + "\r\n\t ".join("kQ7bV1nR8xW3" * 6 for _ in range(4)) + "\r\n"
)

CELL = (
    '<tr><td align="left" valign="top" width="280" style="padding:12px 8px;font-family:Arial,Helvetica,sans-serif;'
    'font-size:14px;line-height:20px;color:#333333"><a href="https://shop.example/p/{nth}?utm_source=letter&amp;'
    'utm_medium=email" style="color:#0a58ca;text-decoration:none" target="_blank"><img src="https://img.shop.example/'
    '{nth}.jpg" width="264" height="180" alt="{name}" border="0" style="display:block"></a><h3 style="margin:0">{name}'
    "</h3><p>{words}</p><p><b>19,90&nbsp;&euro;</b></p></td></tr>\n"
)


class Writer:
    def __init__(self):
        self.random = random.Random(1)

    def words(self, count):
        return " ".join(self.random.choices(WORDS, k=count))

    def text(self):
        mail = email.message.EmailMessage(policy=email.policy.SMTP)
        mail["From"] = "Äijä Virtanen <aija@shop.example>"
        mail["To"] = "Support <support@desk.example>, other@desk.example"
        mail["Subject"] = "Missä pakettini viipyy? " + self.words(4)
        mail["Message-ID"] = f"<{self.random.random()}@shop.example>"
        mail["Date"] = DATE
        for hop in range(6):
            mail["Received"] = f"from mx{hop}.example by mx{hop + 1}.example; {DATE}"
        mail.set_content(self.words(80))
        return mail

    def both(self, text=None, html=None):
        """As text and as HTML."""
        mail = self.text()
        mail.set_content(text or self.words(80))
        mail.add_alternative(html or f"<html><body><p>{self.words(400)}</p></body></html>", subtype="html")
        return mail

    def newsletter(self):
        items = [CELL.format(nth=nth, name=self.words(3), words=self.words(15)) for nth in range(30)]
        style = '<style>td{mso-line-height-rule:exactly} @media (max-width:600px){td{width:100%}}</style>' * 4
        html = (
            f'<!DOCTYPE html><html><head><meta charset="utf-8">{style}</head><body bgcolor="#f4f4f4"><table role='
            f'"presentation" width="600" cellpadding="0" cellspacing="0">{"".join(items)}</table></body></html>'
        )
        return self.both("\n\n".join(self.words(20) for _ in range(30)), html)

    def reply(self):
        """With three answers beneath it, each quoting the one before."""
        text, html = "", ""
        for nth in range(4):
            said = self.words(40)
            quoted = "".join(f"> {line}\n" for line in text.splitlines())
            told = f"On Thu, Nov {20 + nth}, 2026 at 09:4{nth} Support"
            text = f"{said}\n\n{told} <support@desk.example> wrote:\n{quoted}"
            html = (
                f'<div dir="ltr"><div>{said}<br></div><div><br></div></div><div class="gmail_quote"><div dir="ltr" '
                f'class="gmail_attr">{told} &lt;<a href="mailto:support@desk.example">support@desk.example</a>&gt; '
                f'wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
                f'border-left:1px solid rgb(204,204,204);padding-left:1ex">{html}</blockquote></div>'
            )
        return self.both(text, html)

    def with_files(self, sizes):
        mail = self.both()
        for size in sizes:
            mail.add_attachment(self.random.randbytes(size), "application", "pdf", filename="Käyttöohje.pdf")
        return mail

    def large(self):
        """As close to the limit as one file in base64 comes."""
        room = LARGE_BYTES - SPARE_BYTES - len(self.both().as_bytes())
        return self.with_files([room // 78 * 57])


def kinds(write):
    """Lists of mails' bytes by what they are."""
    return {
        PYTHON: python_tests(),
        "a text": [write.text().as_bytes() for _ in range(20)],
        "text and HTML": [write.both().as_bytes() for _ in range(20)],
        "a newsletter": [WAY.encode() + write.newsletter().as_bytes() for _ in range(10)],
        "a reply with its history": [WAY.encode() + write.reply().as_bytes() for _ in range(20)],
        "with two files": [WAY.encode() + write.with_files([20_000, 200_000]).as_bytes() for _ in range(5)],
    }


def python_tests():
    try:
        import test.test_email
    except ImportError:
        raise SystemExit("the mails of Python's own tests are missing (Debian: libpython3.11-testsuite)") from None
    folder = pathlib.Path(test.test_email.__file__).with_name("data")
    # In msg_19 there is no header field.
    return [path.read_bytes() for path in sorted(folder.glob("msg_*.txt")) if path.name != "msg_19.txt"]
