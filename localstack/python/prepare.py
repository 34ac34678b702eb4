"""Does once, when LocalStack is installed, what each of its starts would do again, and shows that it can be loaded."""

import os
import sys
import warnings

import typing_extensions

# LocalStack looks for it where it is since 3.13. run.py does the same.
if sys.version_info < (3, 13):
    warnings.deprecated = typing_extensions.deprecated

# Loading compiles: what LocalStack starts with, and with no other service.
import localstack.aws.app  # noqa: E402, F401
import localstack.runtime.server.twisted  # noqa: E402, F401
import localstack.services.events.provider  # noqa: E402, F401
import localstack.services.s3.provider  # noqa: E402, F401
import localstack.services.sqs.provider  # noqa: E402, F401
from localstack import config  # noqa: E402
from localstack.aws import spec  # noqa: E402

# The index of all that AWS offers takes most of a start to make. run.py tells LocalStack that it is here.
config.dirs.static_libs = os.path.join(sys.prefix, "share", "localstack")
os.makedirs(config.dirs.static_libs)
sys.exit(spec.main())
