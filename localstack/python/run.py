"""Runs LocalStack on the loopback address for as long as the process at the other end of the standard input lives."""

import functools
import os
import re
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
from localstack.aws import app  # noqa: E402
from localstack.runtime import main  # noqa: E402

OWN_NAMES = {LOOPBACK, "localhost", "[::1]"}


def is_foreign(headers):
    """Whether a request comes from a page in a browser. It is the rule of localstack/guard.ts, which says why."""
    host = re.sub(r":\d*$", "", headers.get("Host", LOOPBACK)).lower()
    if host not in OWN_NAMES and not host.endswith(".localhost"):
        return True
    return "Origin" in headers or headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}


def refuse_pages(chain, context, response):
    if is_foreign(context.request.headers):
        response.status_code = 403
        response.set_json({"message": "this local system takes no requests of pages"})
        chain.terminate()


def guarded(make):
    def make_guarded(self, *args, **kwargs):
        make(self, *args, **kwargs)
        self.request_handlers.insert(0, refuse_pages)

    return make_guarded


app.LocalstackAwsGateway.__init__ = guarded(app.LocalstackAwsGateway.__init__)

# The index that prepare.py made.
config.dirs.static_libs = os.path.join(sys.prefix, "share", "localstack")
main.main()
