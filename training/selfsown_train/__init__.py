"""The heavy half of Selfsown: from a merge to the next chatbot and judge. Needs the extras `judge` or `train`.

Importing this package sets what must be set before torch and the Hugging Face libraries start: no telemetry, and worker
threads that sleep while they wait (two spinning threads on a busy two-core machine run at a quarter of the speed).
"""

import os

os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
