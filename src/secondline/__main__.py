"""``python -m secondline`` is the ``secondline`` command."""

from __future__ import annotations

from secondline.cli.app import main

if __name__ == "__main__":
    main()
