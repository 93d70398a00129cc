"""The command `python -m pytest_asyncapi_sse`."""

from __future__ import annotations

import sys

from pytest_asyncapi_sse.serving import main

if __name__ == "__main__":
    sys.exit(main())
