"""`python -m tools.roles_page`: writes docs/roles.md from the table that the program asks."""

import sys
from pathlib import Path

from accounts.engine import roles

PAGE = Path(__file__).resolve().parents[1] / "docs/roles.md"


def main() -> int:
    """Write the page; the exit status is 0."""
    PAGE.write_text(roles.markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
