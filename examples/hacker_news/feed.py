"""Where items come from: a stand-in for the site's API."""

import json
from pathlib import Path

from examples.hacker_news.warehouse import DATA
from sensors_app import ConfigurableResource

SHIPPED = Path(__file__).parent / "items.jsonl"


class Feed(ConfigurableResource):
    """Items by number: those that ship with the example, and those added by hand."""

    more: str = str(DATA / "more.jsonl")

    def all_items(self):
        files = [each for each in (SHIPPED, Path(self.more)) if each.exists()]
        lines = [line for each in files for line in each.read_text().splitlines() if line]
        return {item["id"]: item for item in map(json.loads, lines)}

    def last_number(self):
        return max(self.all_items())

    def between(self, first, last):
        """Return the items numbered ``first`` to ``last``, both included."""
        return [item for number, item in self.all_items().items() if first <= number <= last]
