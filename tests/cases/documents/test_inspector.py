"""The child process that opens strangers' files stays within its limits, whatever it is given."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.documents import inspector
from tests.cases.documents import corpus


def opened(content: bytes, media_type: str) -> "subprocess.CompletedProcess[bytes]":
    program = Path(inspector.__file__)
    return subprocess.run([sys.executable, "-I", str(program), media_type], input=content, capture_output=True)


# The child's peak memory is counted from its parent's at the fork, so it is started by a small process of its own: what
# the test run itself holds by then says nothing of the inspector.
WEIGHED = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-I", *sys.argv[1:]])
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"kilobytes": spent.ru_maxrss, "seconds": spent.ru_utime + spent.ru_stime}), file=sys.stderr)
sys.exit(done.returncode != 0)
"""


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(corpus.bomb_pdf, "application/pdf"), (corpus.bomb_png, "image/png"), (corpus.endless_tiff, "image/tiff")],
)
def test_a_bomb_costs_less_than_its_limits(content: Callable[[], bytes], media_type: str) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", WEIGHED, inspector.__file__, media_type], input=content(), capture_output=True
    )
    spent = json.loads(done.stderr.splitlines()[-1])
    assert done.returncode != 0 or "fault" in json.loads(done.stdout)
    assert 10_000 < spent["kilobytes"] < inspector.MEMORY / 1024
    assert spent["seconds"] < inspector.CPU_SECONDS + 2


def test_it_can_write_no_file(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import inspector; inspector.limit_this_process();"
        "open(sys.argv[2], 'wb').write(b'x' * 10)"
    )
    target = tmp_path / "escaped"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(Path(inspector.__file__).parent), str(target)], capture_output=True
    )
    assert done.returncode != 0
    assert not target.exists() or target.stat().st_size == 0


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (corpus.pdf(pages=3), {"pages": 3, "active": []}),
        (corpus.pdf(script="x()"), {"pages": 1, "active": ["/JS", "/JavaScript", "/OpenAction"]}),
        (corpus.pdf(password="x"), {"fault": "password"}),
        (corpus.pdf(pages=0), {"fault": "no-pages"}),
        (corpus.pdf(pages=2001), {"fault": "too-many-pages", "value": 2001, "limit": 2000}),
    ],
)
def test_says_what_is_in_a_pdf(content: bytes, answer: dict[str, object]) -> None:
    assert json.loads(opened(content, "application/pdf").stdout) == answer


def test_a_pdf_with_a_broken_table_but_an_end_is_repaired() -> None:
    broken = corpus.pdf(pages=2).replace(b"startxref\n", b"startxref\n9", 1)
    assert inspector.inspect_pdf(broken)["pages"] == 2


def test_a_picture_is_read_as_what_it_was_recognised_for() -> None:
    assert inspector.inspect_picture(corpus.picture("PNG"), "JPEG")["fault"] == "damaged"
    assert inspector.inspect_picture(corpus.picture("PNG"), "PNG") == {"pages": 1, "size": [12, 9]}
