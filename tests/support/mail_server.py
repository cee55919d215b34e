"""A mail server of its own, as sites have one in front of a desk: Exim from the distribution's package. It takes
whatever is sent to it and hands everything over by LMTP, again every second until it is taken or refused for good."""

import re
import subprocess

import exim
import program

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


class MailServer(exim.Daemon):
    def __init__(self, folder, lmtp_port, mails_per_connection):
        [self.port] = ports = program.free_ports(1)
        configuration = CONFIGURATION.format(
            folder=folder, port=self.port, lmtp_port=lmtp_port, mails_per_connection=mails_per_connection
        )
        super().__init__(folder, ports, configuration, options=("-q1s",))

    def queue(self):
        """The ids of what it still has."""
        words = [exim.PROGRAM, "-C", self.configuration, "-bp"]
        listed = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
        return re.findall(r"^ *\S+ +\S+ (\w{6}-\w{6}-\w{2}) ", listed, re.MULTILINE)


def running(lmtp_port, mails_per_connection=500):
    """`lmtp_port`: of the desk."""
    return exim.running(lambda folder: MailServer(folder, lmtp_port, mails_per_connection))
