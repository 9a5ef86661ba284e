"""`python -m selfsown`."""

from selfsown.cli.main import main

raise SystemExit(main())
