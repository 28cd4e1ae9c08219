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


def lines_refused_by_mypy(path, tmp_path):
    """Return each line with an error, and what mypy says of it."""
    told = run("mypy", "--config-file", FOLDER / "mypy.ini", "--cache-dir", tmp_path, path)
    found = re.findall(rf"{re.escape(path.name)}:(\d+): error: (.*)", told)
    return {int(line): message for line, message in found}


def lines_refused_by_pyright(path, tmp_path):
    """Return each line with an error, and what pyright says of it."""
    told = json.loads(
        run("pyright", "--project", FOLDER, "--pythonpath", sys.executable, "--outputjson")
    )
    return {
        each["range"]["start"]["line"] + 1: each["message"]
        for each in told["generalDiagnostics"]
        if each["severity"] == "error" and Path(each["file"]) == path
    }


def marked(path):
    """Return the lines that are marked as wrong."""
    lines = path.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("refused", [lines_refused_by_mypy, lines_refused_by_pyright])
class TestBothCheckers:
    def test_accept_what_users_write(self, refused, tmp_path):
        """Decorators included: what they make has the types that it has at run time."""
        assert refused(GOOD, tmp_path) == {}

    def test_refuse_what_is_wrong(self, refused, tmp_path):
        """Exactly the lines that are marked."""
        found = refused(WRONG, tmp_path)
        missed = marked(WRONG) - found.keys()
        unexpected = {line: found[line] for line in found.keys() - marked(WRONG)}
        assert (missed, unexpected) == (set(), {})
