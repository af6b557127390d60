#!/usr/bin/env python3
"""The door to everything: `python3 manage.py up`, `python3 manage.py test`, and every other command.

Works with the system's Python and nothing installed; see config/bootstrap.py. Until the version is checked, only what
every Python 3 can read may stand here.
"""

import os
import sys


def main() -> int:
    if sys.version_info < (3, 11):
        found = ".".join(str(number) for number in sys.version_info[:3])
        sys.stderr.write(
            "manage.py: Python " + found + " is too old: 3.11 or newer is needed. "
            "Install it (Debian 12, Ubuntu 24.04 and Fedora have it) and run `python3.11 manage.py ...`.\n"
        )
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path[0] != here:
        sys.path.insert(0, here)
    from config.bootstrap import run

    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
