"""Type checkers know the package: they accept what is right and refuse what is wrong."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
GOOD, WRONG = FOLDER / "good_use.py", FOLDER / "wrong_use.py"


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def refused_by_mypy(tmp_path):
    """Return each line with an error, and what mypy says of it."""
    told = run("mypy", "--config-file", FOLDER / "mypy.ini", "--cache-dir", tmp_path, GOOD, WRONG)
    found = re.findall(r"(\w+_use\.py):(\d+): error: (.*)", told)
    return {(name, int(line)): message for name, line, message in found}


def refused_by_pyright(tmp_path):
    """Return each line with an error, and what pyright says of it."""
    told = json.loads(
        run("pyright", "--project", FOLDER, "--pythonpath", sys.executable, "--outputjson")
    )
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"]
        for each in told["generalDiagnostics"]
        if each["severity"] == "error"
    }


def marked(path):
    """Return the lines that are marked as wrong."""
    lines = path.read_text().splitlines()
    return {(path.name, at) for at, line in enumerate(lines, 1) if line.endswith("# wrong")}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("refused", [refused_by_mypy, refused_by_pyright])
def test_what_is_wrong_is_refused_and_what_users_write_is_not(refused, tmp_path):
    """Exactly the lines that are marked; what decorators make has the types of run time.

    One test for both files: checkers take seconds to begin.
    """
    assert not marked(GOOD)
    found = refused(tmp_path)
    wrong = marked(WRONG)
    unexpected = {line: found[line] for line in found.keys() - wrong}
    assert (wrong - found.keys(), unexpected) == (set(), {})
