"""A throwaway Dovecot for tests: IMAP (with STARTTLS, and with TLS from the start) and LMTP on free ports, every user
name known with one password, everything it keeps in a folder that goes away with it. As root or as anybody.

    dovecot.py start DIR     starts one and writes DIR/dovecot.env (NAME=value); one that an earlier run left is stopped
    dovecot.py stop DIR
"""

import contextlib
import datetime
import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time

import program

PASSWORD = "hunter2 \\ \"quoted\""
START_WAIT_S = 20

# Beside what deploy/mail/dovecot.conf says.
TLS = """
ssl = yes
ssl_cert = <{home}/certificate.pem
ssl_key = <{home}/key.pem
service imap-login {{
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
"""


def accounts():
    """Who the server runs as, and whose the mails are: root may not own any."""
    if os.geteuid() != 0:
        mine = getpass.getuser()
        group = grp.getgrgid(os.getegid()).gr_name
        return {"user": mine, "group": group, "login_user": mine, "mail_user": mine, "mail_group": group}
    return {
        "user": "dovecot",
        "group": "dovecot",
        "login_user": "dovenull",
        "mail_user": "nobody",
        "mail_group": grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name,
    }


class Dovecot:
    """`more`: of its configuration; `fields`: extra ones of every user."""

    more = fields = ""
    password = PASSWORD

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="lupaus-dovecot-", dir="/var/tmp")  # socket paths have to be short
        self.imap, self.imaps, self.lmtp = program.free_ports(3)
        self.certificate = os.path.join(self.home, "certificate.pem")
        self.config = os.path.join(self.home, "dovecot.conf")

    def start(self):
        os.chmod(self.home, 0o755)
        who = accounts()
        os.mkdir(os.path.join(self.home, "mail"))
        if os.geteuid() == 0:
            shutil.chown(os.path.join(self.home, "mail"), who["mail_user"], who["mail_group"])
        self.make_certificate()
        self.write("users", f"any:{PASSWORD}::::::{self.fields}\n")
        settings = {"folder": self.home, "imap_port": self.imap, "lmtp_port": self.lmtp, **who}
        tls = TLS.format(home=self.home, imaps=self.imaps)
        self.write("dovecot.conf", program.filled("mail/dovecot.conf", **settings) + tls + self.more)
        with open(os.path.join(self.home, "start.log"), "wb") as log:  # a daemon would keep a pipe open
            command = [executable("dovecot"), "-c", self.config]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=START_WAIT_S)
        program.wait_until(self.is_up, START_WAIT_S, "the greeting of Dovecot")
        return self

    def write(self, name, text):
        with open(os.path.join(self.home, name), "w", encoding="utf-8") as file:
            file.write(text)

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", os.path.join(self.home, "key.pem"), "-out", self.certificate],
            check=True, capture_output=True, timeout=30,
        )

    def is_up(self):
        try:
            self.client("probe").logout()
        except OSError:
            return False
        return True

    def stop(self):
        stop_server(self.home)

    def settings(self):
        return {
            "DOVECOT_HOME": self.home,
            "DOVECOT_IMAP": self.imap,
            "DOVECOT_IMAPS": self.imaps,
            "DOVECOT_LMTP": self.lmtp,
            "DOVECOT_CERTIFICATE": self.certificate,
            "DOVECOT_PASSWORD": PASSWORD,
        }

    def client(self, user, folder=None):
        """A logged-in imaplib client, another program than the one that is tested."""
        trusted = ssl.create_default_context(cafile=self.certificate)
        client = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=trusted, timeout=START_WAIT_S)
        client.login(user, PASSWORD)
        if folder is not None:
            assert client.select(folder)[0] == "OK"
        return client

    def append(self, user, message, folder="INBOX", flags="", when=None):
        """A mail that is simply there, with this time of arrival."""
        at = imaplib.Time2Internaldate(when or datetime.datetime.now(datetime.timezone.utc))
        with self.client(user) as client:
            answer = client.append(folder, flags, at, message)
            assert answer[0] == "OK", answer

    def ask(self, *words):
        """What Dovecot's own tool says."""
        command = [executable("doveadm"), "-c", self.config, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=START_WAIT_S).stdout

    def deliver(self, recipients, message, sender="aino@customer.example"):
        """Through LMTP, as a mail server does; each recipient is user@anything."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as client:
            return client.sendmail(sender, recipients, message)

    def folder_of(self, user):
        return os.path.join(self.home, "mail", user)

    def fill(self, user, mails, uid_validity=1):
        """A user's INBOX from now on, in files as a server writes them: tens of thousands in seconds. They are numbered
        from 1 in this order. Each has `bytes` with CR LF, and `arrived` in seconds since 1970; one that is to be larger
        than that has a `size`. Nobody may be reading."""
        folder = self.folder_of(user) + ".new"
        for name in ("", "cur", "new", "tmp"):
            os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, "dovecot-uidlist"), "w", encoding="ascii") as numbers:
            numbers.write(f"3 V{uid_validity} N{len(mails) + 1} G{uid_validity:032x}\n")
            for uid, one in enumerate(mails, 1):
                name = file_name(one, uid)
                write_mail(os.path.join(folder, "cur", name + ":2,S"), one)
                numbers.write(f"{uid} :{name}\n")
        give_away(folder)
        shutil.rmtree(self.folder_of(user), ignore_errors=True)
        os.rename(folder, self.folder_of(user))

    def mails(self, user, folder="INBOX"):
        """(flags, bytes) of every mail, in order."""
        with self.client(user, folder) as client:
            _, found = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
            return [(imaplib.ParseFlags(part[0]), part[1]) for part in found or [] if isinstance(part, tuple)]


def file_name(mail, number):
    """It tells the size, which the server would have to read the whole mail for."""
    size = mail.size or len(mail.bytes)
    return f"{int(mail.arrived)}.M{number}.test,S={size},W={size}"


def write_mail(path, mail):
    with open(path, "wb") as file:
        file.write(mail.bytes)
        if mail.size:
            file.truncate(mail.size)  # takes no room on the disk
    os.utime(path, (mail.arrived, mail.arrived))


def give_away(path):
    """A file or a folder, to whom the server reads mail as."""
    if os.geteuid() != 0:
        return
    who = accounts()
    user, group = pwd.getpwnam(who["mail_user"]).pw_uid, grp.getgrnam(who["mail_group"]).gr_gid
    os.chown(path, user, group)
    for place, folders, files in os.walk(path):
        for name in folders + files:
            os.chown(os.path.join(place, name), user, group)


class Handover(Dovecot):
    """One that keeps no mail: it hands over what comes by LMTP, to another port, and answers what is answered there."""

    more = "lmtp_proxy = yes\nauth_username_format = %u\n"

    def __init__(self, port):
        super().__init__()
        self.fields = f"proxy=y host=127.0.0.1 port={port}"

    def is_up(self):
        return program.is_taken(self.lmtp)


def executable(name):
    return shutil.which(name) or f"/usr/sbin/{name}"


def stop_server(home):
    """The master process of this folder and, with it, all of its own; then the folder."""
    with contextlib.suppress(OSError, ValueError):
        with open(os.path.join(home, "run", "master.pid"), encoding="ascii") as file:
            master = int(file.read())
        os.kill(master, signal.SIGTERM)
        deadline = time.monotonic() + START_WAIT_S
        while os.path.exists(f"/proc/{master}") and time.monotonic() < deadline:
            time.sleep(program.POLL_S)
    shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def running_dovecot(kind=Dovecot, **settings):
    server = kind(**settings)
    try:
        yield server.start()
    finally:
        server.stop()


def read_settings(folder):
    try:
        with open(os.path.join(folder, "dovecot.env"), encoding="utf-8") as lines:
            return dict(line.rstrip("\n").split("=", 1) for line in lines)
    except FileNotFoundError:
        return {}


def main(action, folder):
    os.makedirs(folder, exist_ok=True)
    earlier = read_settings(folder)
    if earlier:
        stop_server(earlier["DOVECOT_HOME"])
        os.unlink(os.path.join(folder, "dovecot.env"))
    if action == "start":
        server = Dovecot()
        try:
            server.start()
        except BaseException:
            server.stop()
            raise
        with open(os.path.join(folder, "dovecot.env"), "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in server.settings().items())


if __name__ == "__main__":
    main(*sys.argv[1:])
