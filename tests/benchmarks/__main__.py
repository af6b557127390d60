"""``python -m tests.benchmarks NAME [options]``: each benchmark prints one JSON object and exits 1 below its bar."""

import sys
from importlib import import_module
from pathlib import Path

from config.waste import look_seldom

# What benchmarks lay their data with, and no benchmark itself.
GROUND = ("ground", "cases_under_way")
NAMES = sorted(
    path.stem
    for path in Path(__file__).parent.glob("*.py")
    if not path.stem.startswith("_") and path.stem not in GROUND
)


def main(arguments: list[str]) -> int:
    """Run the named benchmark; exit status 2 for an unknown name or a machine too noisy to judge on."""
    if not arguments or arguments[0] not in NAMES:
        print(f"usage: python -m tests.benchmarks {{{','.join(NAMES)}}} [options]", file=sys.stderr)
        return 2
    look_seldom()  # as the servers do
    status: int = import_module(f"tests.benchmarks.{arguments[0]}").main(arguments[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
