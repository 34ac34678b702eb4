"""What a test decides about the account, in a file that it may change at any time: which resources fail, and the quota."""

import json
import sys
from pathlib import Path
from typing import Any


class Refused(BaseException):
    """A resource that fails, which moto's own `except Exception` must not retry."""

    def __init__(self, resource: str):
        super().__init__(f"{resource} failed, as the test wants")
        self.resource = resource


# While a stack is rolled back, nothing fails.
rolling_back = False


def decided() -> dict[str, Any]:
    return json.loads(Path(sys.argv[2]).read_text())


def refuse(resource: str) -> None:
    if not rolling_back and resource in decided()["failing"]:
        raise Refused(resource)
