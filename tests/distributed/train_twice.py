"""What torchrun starts in test_distributed.py: the same round in two checkouts, the batches divided, then the weights, too."""

from __future__ import annotations

import os
import sys

from selfsown.cli.main import main

for checkout, options in ((sys.argv[1], []), (sys.argv[2], ["--fsdp"])):
    os.chdir(checkout)
    os.environ["SELFSOWN_CACHE"] = os.path.join(checkout, ".selfsown", "cache")  # noqa: PTH118
    code = main(["train", sys.argv[3], *options])
    if code:
        raise SystemExit(code)
