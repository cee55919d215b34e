"""A mail server of its own, as sites have one in front of a desk, and as deploy/run --with-mail starts one: Exim from
the distribution's package."""

import re
import subprocess

import exim
import program


# What nobody in the desk would take for a machine's mail any more, as many a forwarder leaves it.
FORGETFUL = r"""
  return_path = ${address:$h_from:}
  headers_remove = Auto-Submitted:X-Auto-Response-Suppress:Precedence
"""


class MailServer(exim.Daemon):
    """`desk_port`, `mailbox_port`: where the desk and the mailboxes listen for LMTP; the latter are for the domains
    named, everything else is for the desk. `changes`: more lines for the way to the desk."""

    def __init__(self, folder, desk_port, mailbox_port=0, mailbox_domains="", changes=""):
        [self.port] = ports = program.free_ports(1)
        configuration = program.filled(
            "mail/exim.conf", folder=folder, smtp_port=self.port, desk_port=desk_port, mailbox_port=mailbox_port,
            mailbox_domains=mailbox_domains, **exim.account(),
        )  # fmt: skip
        transports, begin, retry = configuration.partition("\nbegin retry\n")  # the last of them leads to the desk
        configuration = transports + changes + begin + retry
        super().__init__(folder, ports, configuration, options=("-q1s",))

    def queue(self):
        """The ids of what it still has."""
        words = [exim.PROGRAM, "-C", self.configuration, "-bp"]
        listed = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
        return re.findall(r"^ *\S+ +\S+ (\w{6}-\w{6}-\w{2}) ", listed, re.MULTILINE)

    def taken(self):
        """(sender of the envelope, recipient) of every mail that a client handed to it, in order."""
        return re.findall(r" <= (\S+) .* P=e?smtp .* for (\S+)$", self.log("main"), re.MULTILINE)


def running(desk_port, **settings):
    return exim.running(lambda folder: MailServer(folder, desk_port, **settings))
