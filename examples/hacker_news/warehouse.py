"""Where tables are kept: a folder for each, with a file for each batch.

There are no IO managers: an asset that another run has to find stores itself.
"""

import json
import os
from pathlib import Path

from sensors_app import ConfigurableResource

DATA = Path(os.environ.get("HN_DIR", "hacker_news_data"))


class Warehouse(ConfigurableResource):
    """Tables of rows, which are dictionaries."""

    folder: str = str(DATA)

    def write(self, table, batch, rows):
        """Keep a batch of rows; written again, it takes the place of what was there."""
        file = Path(self.folder) / table / f"{batch}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and moved: nobody reads half a file.
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(rows, indent=1))
        aside.replace(file)

    def read(self, table):
        """Return the rows of all batches."""
        files = sorted((Path(self.folder) / table).glob("*.json"))
        return [row for each in files for row in json.loads(each.read_text())]
