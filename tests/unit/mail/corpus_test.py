"""The mails that Python tests its own email package with: what is read from them is what that package reads."""

import datetime
import email
import email.header
import email.utils
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
import test.test_email  # noqa: E402  (Debian: libpython3.11-testsuite)

CORPUS = sorted(pathlib.Path(test.test_email.__file__).with_name("data").glob("msg_*.txt"))
# There is no header field in it.
NO_MAIL = {"msg_19.txt"}
# A multipart within another one of the same boundary: here the inner one has the parts, in Python it has none, and what
# follows its end is lost. Content types in their order:
SAME_BOUNDARY = {
    "msg_15.txt": ["text/plain", "text/html", "image/gif"],
    "msg_39.txt": ["application/octet-stream"] * 6 + ["text/plain"],
}


def decoded(value):
    return " ".join(str(email.header.make_header(email.header.decode_header(value or ""))).split())


def addresses(values):
    """Pairs of name and address; what has no @ is taken for a name."""
    found = []
    for name, address in email.utils.getaddresses(values):
        local, at, domain = address.rpartition("@")
        found.append([decoded(name), local + at + domain.lower()] if at else [decoded(name) or address, ""])
    return [pair for pair in found if pair != ["", ""]]


def leaves(message):
    """Content type and digest of what is no multipart; an attached mail is one, without its digest."""
    if message.get_content_maintype() == "message":
        return [[message.get_content_type(), None]]
    if message.is_multipart():
        return [leaf for part in message.get_payload() for leaf in leaves(part)]
    # A multipart in which no part begins is a text.
    is_text = message.get_content_maintype() == "multipart"
    body = message.get_payload(decode=not is_text)
    body = body.encode("ascii", "surrogateescape") if is_text else body
    return [["text/plain" if is_text else message.get_content_type(), hashlib.sha256(body).hexdigest()]]


class Corpus(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        shown = subprocess.run([os.environ["LUPAUS_SHOW_MAIL"], *CORPUS], capture_output=True, check=True, timeout=60)
        cls.mails = dict(zip((path.name for path in CORPUS), map(json.loads, shown.stdout.splitlines())))

    def check_each(self, check):
        """Calls check(what is read, what Python reads) for each mail."""
        for path in CORPUS:
            if path.name not in NO_MAIL:
                with self.subTest(path.name):
                    check(self.mails[path.name], email.message_from_bytes(path.read_bytes()))

    def test_is_there(self):
        self.assertGreaterEqual(len(CORPUS), 40)
        self.assertEqual(len(self.mails), len(CORPUS))
        self.assertEqual({name for name, mail in self.mails.items() if "error" in mail}, NO_MAIL)

    def test_subject(self):
        self.check_each(lambda mine, theirs: self.assertEqual(" ".join(mine["subject"].split()),
                                                              decoded(theirs["subject"])))

    def test_addresses(self):
        def check(mine, theirs):
            self.assertEqual(mine["from"], addresses(theirs.get_all("from", [])[:1]))
            # How groups without members are shown is our own.
            self.assertEqual([one for one in mine["to"] if one[1]],
                             [one for one in addresses(theirs.get_all("to", [])) if one[1]])

        self.check_each(check)

    def test_date(self):
        def check(mine, theirs):
            date = theirs["date"] and email.utils.parsedate_to_datetime(theirs["date"]).timestamp()
            self.assertEqual(mine["date"] and datetime.datetime.fromisoformat(mine["date"]).timestamp(), date)

        self.check_each(check)

    def test_parts(self):
        nested = [self.mails[name] for name in SAME_BOUNDARY]

        def check(mine, theirs):
            if mine not in nested:
                mine = [[kind, None if kind.startswith("message/") else digest] for kind, digest in mine["leaves"]]
                self.assertEqual(mine, leaves(theirs))

        self.check_each(check)
        for name, kinds in SAME_BOUNDARY.items():
            self.assertEqual([kind for kind, _ in self.mails[name]["leaves"]], kinds)


if __name__ == "__main__":
    unittest.main()
