"""The environment that the two commands make for themselves."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from config import bootstrap
from config.embedded.places import CLONE
from config.refusals import Refusal

DISTRIBUTION = "npp-tiny"
RUN = "from config import bootstrap; import sys; bootstrap.ensure_environment(sys.argv); print('at', sys.prefix)"


def wheel(folder: Path, version: str) -> None:
    """Write a wheel with nothing in it, so that an installer has something to install without a network."""
    info = f"npp_tiny-{version}.dist-info"
    files = {
        "npp_tiny.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"npp_tiny-{version}-py3-none-any.whl", "w") as archive:
        for name, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(name, text)


@pytest.fixture
def clone(tmp_path):
    """A clone with nothing but the door and one small requirement."""
    folder = tmp_path / "clone"
    (folder / "config").mkdir(parents=True)
    shutil.copy(CLONE / "manage.py", folder)
    for name in ("__init__.py", "bootstrap.py", "refusals.py"):
        shutil.copy(CLONE / "config" / name, folder / "config")
    (folder / "config" / "commands.py").write_text(
        "import sys\n\n\ndef execute(argv):\n    print('ran', *argv[1:], 'in', sys.prefix)\n    return 0\n"
    )
    (folder / "requirements.txt").write_text(f"# one is enough\n{DISTRIBUTION}==1.0\n")
    (folder / "requirements-dev.txt").write_text("-r requirements.txt\n")
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel(wheels, "1.0")
    wheel(wheels, "2.0")
    return folder


@pytest.fixture
def open_folder():
    """A folder that every account can come to, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="npp-open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def base_python() -> str:
    """The interpreter below our own environment."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")


def environment(clone: Path, **changes: str) -> dict[str, str]:
    """A machine without uv, without a network, with a folder of wheels."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(clone.parent),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(clone.parent / "wheels"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "0",
    } | changes


def run(clone: Path, *words: str, python: str | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python or base_python(), "manage.py", *words],
        cwd=clone,
        env=environment(clone, **changes),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def installed(clone: Path) -> str:
    code = "import npp_tiny; print(npp_tiny.VERSION)"
    done = subprocess.run([clone / ".venv/bin/python", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_makes_the_environment_once_and_again_when_the_requirements_change(clone):
    first = run(clone, "hello", "world")
    second = run(clone, "hello", "again")

    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == f"Making the environment in {clone / '.venv'} ..."
    assert first.stdout.splitlines()[1] == "Installing 1 pinned requirements and what they need with pip ..."
    assert first.stdout.splitlines()[-1] == f"ran hello world in {clone / '.venv'}"
    assert second.stdout == f"ran hello again in {clone / '.venv'}\n"
    assert json.loads((clone / ".venv" / bootstrap.STAMP).read_text()) == {
        "requirements.txt": hashlib.sha256(b"npp-tiny==1.0").hexdigest()
    }

    (clone / "requirements.txt").write_text(f"{DISTRIBUTION}==2.0\n")
    changed = run(clone, "hello")

    assert "Installing 1 pinned requirements" in changed.stdout
    assert installed(clone) == "2.0"


@pytest.mark.slow
def test_two_at_once_install_once(clone):
    both = [
        subprocess.Popen(
            [base_python(), "manage.py", "hello"],
            cwd=clone,
            env=environment(clone),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sum("Installing" in text for text in said) == 1
    assert all(text.endswith(f"ran hello in {clone / '.venv'}\n") for text in said)


@pytest.mark.slow
@pytest.mark.parametrize("rest", ["a broken interpreter", "nothing installed"])
def test_goes_on_after_a_cut_off_run(clone, rest):
    if rest == "a broken interpreter":
        (clone / ".venv" / "bin").mkdir(parents=True)
        (clone / ".venv" / "bin" / "python").symlink_to("/nonexistent/python3")
    else:
        subprocess.run([base_python(), "-m", "venv", clone / ".venv"], check=True)

    done = run(clone, "hello")

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"ran hello in {clone / '.venv'}\n")
    assert installed(clone) == "1.0"


def test_steps_aside_when_it_is_told_to(clone):
    done = run(clone, "hello", NPP_NO_BOOTSTRAP="1")

    assert done.returncode == 0
    assert not (clone / ".venv").exists()


def test_steps_aside_inside_an_environment_that_has_everything(clone):
    (clone / "requirements.txt").write_text("django==" + bootstrap.metadata.version("django") + "\n")

    done = run(clone, "hello", python=sys.executable)

    assert done.stdout == f"ran hello in {sys.prefix}\n"
    assert not (clone / ".venv").exists()


def test_an_old_python_is_told_with_the_remedy():
    code = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('manage.py', run_name='__main__')"

    done = subprocess.run([sys.executable, "-c", code], cwd=CLONE, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "manage.py: Python 3.9.2 is too old: 3.11 or newer is needed. Install it (Debian 12, Ubuntu 24.04 and Fedora "
        "have it) and run `python3.11 manage.py ...`.\n"
    )


def test_the_door_can_be_read_by_an_old_python():
    """An old Python must come as far as the sentence: no syntax newer than 3.6."""
    import ast

    ast.parse((CLONE / "manage.py").read_text(), feature_version=(3, 6))


def test_a_missing_venv_module_is_told_with_the_remedy(clone, tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "ensurepip.py").write_text("raise ImportError('not installed')\n")

    done = run(clone, "hello", PYTHONPATH=str(tmp_path / "without"))

    version = f"3.{sys.version_info[1]}"
    assert done.returncode == 2
    assert done.stderr == (
        "manage.py: This Python has no venv module. Install it: "
        f"`apt-get install python{version}-venv` on Debian and Ubuntu; or install uv.\n"
    )


@pytest.mark.slow
def test_no_network_is_told_with_the_remedy(clone):
    (clone / "requirements.txt").write_text("npp-nowhere==1.0\n")

    done = run(clone, "hello", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_FIND_LINKS="")

    assert done.returncode == 2
    assert done.stderr == (
        "manage.py: The requirements could not be installed: the package index cannot be reached. Check the network "
        "(or set PIP_INDEX_URL, UV_INDEX_URL or HTTPS_PROXY) and run the command again.\n"
    )


def test_a_folder_of_another_account_is_told_with_the_remedy(clone, open_folder):
    """As root the stranger is `nobody`; otherwise a folder that is closed to us does as well."""
    stranger = {}
    if os.geteuid() == 0:
        clone = shutil.copytree(clone, open_folder / "clone")
        stranger = {"user": 65534}
    else:
        clone.chmod(0o555)

    done = subprocess.run(
        [shutil.which("python3", path="/usr/bin:/bin") or base_python(), "manage.py", "hello"],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        check=False,
        **stranger,
    )

    clone.chmod(0o755)
    assert done.stderr == (
        f"manage.py: The folder {clone} cannot be written to by this account. "
        "Clone it as the account that shall run it.\n"
    )


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "the disk is full"),
        ("error: failed to write file: No space left on device (os error 28)", "the disk is full"),
        ("error sending request for url (https://pypi.invalid/simple/)", "the package index cannot be reached"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: Could not find a version that satisfies the requirement x (from versions: none)", "cannot be reached"),
        ("The virtual environment was not created because ensurepip is not\navailable.", "has no venv module"),
        ("line one\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n", "THESE PACKAGES DO NOT MATCH THE HASHES"),
    ],
)
def test_an_installers_last_words_become_one_sentence(output, sentence):
    refusal = bootstrap.refusal_for(output, what="The requirements could not be installed")

    assert sentence in refusal.problem
    assert refusal.remedy.endswith(".")
    assert "\n" not in str(refusal)


def test_a_full_disk_is_told_before_anything_is_downloaded(monkeypatch):
    monkeypatch.setitem(bootstrap.NEEDED_BYTES, "requirements.txt", 10**18)

    with pytest.raises(Refusal, match=r"^\d+ MB are free in .* 1000000000000 MB are needed .* Make room"):
        bootstrap.require_space("requirements.txt")


def test_every_requirement_is_pinned():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (CLONE / name).read_text().splitlines():
            text = line.split("#")[0].strip()
            assert not text or text.startswith("-r ") or re.fullmatch(bootstrap.PIN, text), f"{name}: {line}"


def test_the_abandoned_django_fsm_is_not_installed():
    """It owns the same folder as django-fsm-2; removing either breaks the other."""
    with pytest.raises(bootstrap.metadata.PackageNotFoundError):
        bootstrap.metadata.version("django-fsm")
