"""Starts moto's server: python start_moto.py PORT CONTROL, with the file that moto_control.py reads.

moto's CloudFormation skips resource types that it has no model for, even if moto itself has the service. moto_models.py
has a model for each such type of this stack: it calls the service's own operation, on this same server, with the
template's properties, so a property that the operation doesn't know fails the deployment.

AWS::S3::BucketPolicy is left out: moto enforces the deployment bucket's policy, which refuses plain HTTP, but serves only
plain HTTP.

A custom resource's function is not run (moto runs functions in Docker only): its event is printed and answered with
success. test/e2e/bundles.test.ts runs that function with such an event.
"""

import os
import sys

PORT = sys.argv[1]
os.environ["MOTO_PORT"] = PORT

import moto_repairs  # noqa: E402, F401
import moto_stacks  # noqa: E402, F401
import moto_types  # noqa: E402, F401
from moto.server import main  # noqa: E402

main(["-H", "127.0.0.1", "-p", PORT])
