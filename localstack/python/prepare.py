"""Does once, when LocalStack is installed, what each of its starts would do again, and shows that it can be loaded."""

import os
import sys

# Loading compiles: what LocalStack starts with, and with no other service.
import localstack.aws.app  # noqa: F401
import localstack.runtime.server.twisted  # noqa: F401
import localstack.services.events.provider  # noqa: F401
import localstack.services.s3.provider  # noqa: F401
import localstack.services.sqs.provider  # noqa: F401
from localstack import config
from localstack.aws import spec

# The index of all that AWS offers takes most of a start to make. run.py tells LocalStack that it is here.
config.dirs.static_libs = os.path.join(sys.prefix, "share", "localstack")
os.makedirs(config.dirs.static_libs)
sys.exit(spec.main())
