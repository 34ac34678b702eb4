"""Runs LocalStack on the loopback address for as long as the process at the other end of the standard input lives."""

import functools
import os
import signal
import sys
import threading
import warnings

import typing_extensions
from twisted.internet import endpoints

LOOPBACK = "127.0.0.1"

# LocalStack hands its address to IPv6 sockets only, and listens on every IPv4 address whatever GATEWAY_LISTEN says.
endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface=LOOPBACK)

# LocalStack looks for it where it is since 3.13.
if sys.version_info < (3, 13):
    warnings.deprecated = typing_extensions.deprecated


def end_with_parent():
    """The system closes the pipe of a parent that was killed. LocalStack keeps nothing, so there is nothing to save."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

from localstack import config  # noqa: E402
from localstack.runtime import main  # noqa: E402

# The index that prepare.py made.
config.dirs.static_libs = os.path.join(sys.prefix, "share", "localstack")
main.main()
