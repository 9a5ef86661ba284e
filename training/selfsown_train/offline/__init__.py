"""The offline judge: small pretrained models that come in Python packages, and a head fitted on our own corpus. No hub."""
