"""A disk that is soon full: a file system in memory, mounted for one test. Needs the right to mount, as root or by
sudo without a password; where nobody may, the test is skipped with what mount said."""

import contextlib
import errno
import os
import subprocess

import pytest

BLOCK = b"\0" * 65536


class SmallDisk:
    def __init__(self, path):
        self.path, self.ballast = path, os.path.join(path, "ballast")

    def fill(self):
        """To the last byte, while others write, too."""
        file = os.open(self.ballast, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            for size in (len(BLOCK), 1):
                self.write_all(file, BLOCK[:size])
        finally:
            os.close(file)

    @staticmethod
    def write_all(file, block):
        try:
            while True:
                os.write(file, block)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def free(self):
        os.unlink(self.ballast)

    def is_full(self):
        return os.statvfs(self.path).f_bavail == 0


def command(*words):
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    return subprocess.run([*rights, *words], capture_output=True, text=True, check=False, timeout=20)


@contextlib.contextmanager
def mounted(path, size):
    """`size` as mount understands it: 4m."""
    os.makedirs(path, exist_ok=True)
    done = command("mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(path))
    if done.returncode != 0:
        pytest.skip(f"no disk of one's own here: {done.stderr.strip()}")
    try:
        yield SmallDisk(str(path))
    finally:
        gone = command("umount", str(path))
        assert gone.returncode == 0, gone.stderr
