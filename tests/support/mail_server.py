"""A mail server of its own, as sites have one in front of a desk: Exim from the distribution's package. It takes
whatever is sent to it and hands everything over by LMTP, again every second until it is taken or refused for good."""

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile

import program

EXIM = "/usr/sbin/exim4"
STOP_WAIT_S = 10

# Without rcpt_include_affixes the tag of an address would not come along.
CONFIGURATION = r"""
primary_hostname = relay.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts =
host_lookup =
rfc1413_query_timeout = 0s
deliver_drop_privilege
add_environment = PATH=/usr/bin:/bin
keep_environment =
never_users =
smtp_accept_max = 50
acl_smtp_rcpt = accept
acl_smtp_data = accept
ignore_bounce_errors_after = 0s

begin routers
desk:
  driver = manualroute
  domains = ! relay.example
  senders = ! :
  route_list = * 127.0.0.1
  self = send
  transport = desk
  local_part_suffix = +*
  local_part_suffix_optional

begin transports
desk:
  driver = smtp
  protocol = lmtp
  port = {lmtp_port}
  allow_localhost
  rcpt_include_affixes
  hosts_max_try = 1
  connection_max_messages = {mails_per_connection}

begin retry
* * F,1h,1s
"""


class MailServer:
    def __init__(self, folder, lmtp_port, mails_per_connection):
        self.folder, self.port = folder, program.free_ports(1)[0]
        self.configuration = os.path.join(folder, "exim.conf")
        with open(self.configuration, "w", encoding="ascii") as file:
            file.write(
                CONFIGURATION.format(
                    folder=folder, port=self.port, lmtp_port=lmtp_port, mails_per_connection=mails_per_connection
                )
            )
        self.own("")
        for name in ("spool", "log"):
            os.mkdir(os.path.join(folder, name))
            self.own(name)
        self.process = None

    def own(self, name):
        """Started by root it works as the user of its package. The configuration stays the property of whoever starts
        it."""
        if os.getuid() == 0:
            user = pwd.getpwnam("Debian-exim")
            os.chown(os.path.join(self.folder, name), user.pw_uid, user.pw_gid)

    def start(self):
        with open(os.path.join(self.folder, "daemon.log"), "wb") as log:
            words = [EXIM, "-C", self.configuration, "-bdf", "-q1s"]
            self.process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        program.wait_until(self.is_listening, what="the mail server's greeting")
        return self

    def is_listening(self):
        assert self.process.poll() is None, self.log()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5):
            return True
        return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def queue(self):
        """The ids of what it still has."""
        words = [EXIM, "-C", self.configuration, "-bp"]
        listed = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
        return re.findall(r"^ *\S+ +\S+ (\w{6}-\w{6}-\w{2}) ", listed, re.MULTILINE)

    def log(self):
        text = ""
        for name in ("log/mainlog", "log/paniclog", "daemon.log"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text


@contextlib.contextmanager
def running(lmtp_port, mails_per_connection=500):
    """`lmtp_port`: of the desk."""
    folder = tempfile.mkdtemp(prefix="lupaus-exim-")
    os.chmod(folder, 0o755)
    server = None
    try:
        server = MailServer(folder, lmtp_port, mails_per_connection)
        yield server.start()
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
