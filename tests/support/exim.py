"""A relay as many desks have one: Exim from the distribution's package with a configuration that lives as long as the
test. It takes mail on two ports (STARTTLS, and TLS from the first byte), wants a login there, delivers what is
for example.org into a folder, and refuses, defers or is slow for the local parts that say so."""

import contextlib
import email
import email.policy
import grp
import os
import pwd
import re
import shutil
import subprocess
import tempfile

import program

PROGRAM = "/usr/sbin/exim4"
USER, PASSWORD, TOKEN = "shop", "geheim", "ya29.token"
STOP_WAIT_S = 10

CONFIGURATION = r"""
primary_hostname = relay.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1 : 127.0.0.2
daemon_smtp_ports = {starttls_port} : {tls_port} : {open_port}
tls_on_connect_ports = {tls_port}
tls_advertise_hosts = ${{if eq{{$received_port}}{{{open_port}}}{{}}{{*}}}}
tls_certificate = {folder}/chain.pem
tls_privatekey = {folder}/key.pem
auth_advertise_hosts = ${{if or{{{{def:tls_in_cipher}}{{eq{{$received_port}}{{{open_port}}}}}}}{{*}}{{}}}}
message_size_limit = {size_max}
smtputf8_advertise_hosts = {utf8_hosts}
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_max = 200
smtp_accept_max_per_connection = 1000
smtp_accept_queue_per_connection = 0
deliver_drop_privilege
queue_only = {queue_only}
add_environment = PATH=/usr/bin:/bin
keep_environment =
acl_smtp_mail = of_sender
acl_smtp_rcpt = of_recipient
acl_smtp_data = of_mail
never_users =

begin acl
of_sender:
  accept condition = ${{if eq{{$received_port}}{{{open_port}}}}}
  accept authenticated = *
  deny message = 5.7.0 log in first
       log_message = no login

of_recipient:
  deny local_parts = gone
       message = 5.1.1 no such user
  defer local_parts = full
       message = 4.2.2 mailbox full
  accept domains = example.org
  deny message = 5.7.1 no relaying

of_mail:
  deny condition = ${{if match{{$h_subject:}}{{spam}}}}
       message = 5.7.1 this looks like spam
  defer condition = ${{if match{{$h_subject:}}{{busy}}}}
       message = 4.3.2 come back later
  accept

begin routers
mailbox:
  driver = accept
  transport = folder

begin transports
folder:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add

begin retry
* * F,1h,1m

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1

token:
  driver = plaintext
  public_name = XOAUTH2
  server_condition = ${{if eq{{$auth1}}{{user={user}\x01auth=Bearer {token}\x01\x01}}}}
  server_set_id = {user}
"""


class Daemon:
    """An Exim in the foreground: its ports, its configuration and its folder are its own."""

    def __init__(self, folder, ports, configuration, folders=("spool", "log"), files=(), options=()):
        self.folder, self.ports, self.options = folder, ports, options
        self.configuration = os.path.join(folder, "exim.conf")
        self.process = None
        with open(self.configuration, "w", encoding="ascii") as file:
            file.write(configuration)
        for name in folders:
            os.mkdir(os.path.join(folder, name))
        give_to_its_user(folder, ["", *folders, *files])

    def start(self):
        with open(os.path.join(self.folder, "daemon.log"), "wb") as log:
            words = [PROGRAM, "-C", self.configuration, "-bdf", *self.options]
            self.process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        program.wait_until(self.is_listening, what="the mail server's greeting")
        return self

    def is_listening(self):
        assert self.process.poll() is None, self.words()
        return all(program.is_taken(port) for port in self.ports)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self, kind):
        path = os.path.join(self.folder, "log", kind + "log")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def words(self):
        with open(os.path.join(self.folder, "daemon.log"), encoding="utf-8", errors="replace") as file:
            return file.read() + self.log("panic") + self.log("main")


class Exim(Daemon):
    def __init__(self, folder, queue_only=False, size_max="30M", takes_utf8=True):
        self.starttls_port, self.tls_port, self.open_port = ports = program.free_ports(3)
        self.authority = os.path.join(folder, "chain.pem")
        make_certificate(folder)
        configuration = CONFIGURATION.format(
            folder=folder, starttls_port=self.starttls_port, tls_port=self.tls_port, open_port=self.open_port,
            user=USER, password=PASSWORD, token=TOKEN, size_max=size_max,
            queue_only="true" if queue_only else "false", utf8_hosts="*" if takes_utf8 else "",
        )
        super().__init__(folder, ports, configuration, folders=("spool", "log", "mail"), files=("key.pem",))

    def mails(self, name):
        """What was delivered to name@example.org, as Python reads it, in the order of arrival."""
        folder = os.path.join(self.folder, "mail", "new")
        files = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        mails = [read_mail(os.path.join(folder, file)) for file in files]
        return [mail for mail in mails if mail["Envelope-to"] == name + "@example.org"]

    def wait_for_mails(self, name, count=1):
        program.wait_until(lambda: len(self.mails(name)) >= count, what=f"{count} mails for {name}")
        return self.mails(name)

    def accepted(self):
        """How often each Message-ID was taken over, by the relay's own log."""
        counts = {}
        for message_id in re.findall(r" <= .* id=(\S+)", self.log("main")):
            counts[message_id] = counts.get(message_id, 0) + 1
        return counts


def read_mail(path):
    with open(path, "rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def make_certificate(folder):
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    words += ["-keyout", os.path.join(folder, "key.pem"), "-out", os.path.join(folder, "chain.pem"), "-days", "2"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(words, check=True, capture_output=True, timeout=60)


def account():
    """Started by root it works as the user of its package, else as whoever starts it."""
    owner = pwd.getpwnam("Debian-exim") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return {"user": owner.pw_name, "group": grp.getgrgid(owner.pw_gid).gr_name}


def give_to_its_user(folder, names):
    """All but the configuration, which has to stay the property of whoever starts it."""
    os.chmod(folder, 0o755)
    if os.getuid() == 0:
        for name in names:
            shutil.chown(os.path.join(folder, name), **account())


@contextlib.contextmanager
def running(make):
    """`make`: a daemon of the folder given, which is gone at the end."""
    folder = tempfile.mkdtemp(prefix="lupaus-exim-")
    daemon = None
    try:
        daemon = make(folder)
        yield daemon.start()
    finally:
        if daemon:
            daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)


def running_exim(**settings):
    return running(lambda folder: Exim(folder, **settings))
