"""A pipeline in the manner of Hacker News, on stories and comments that ship with it.

* ``feed``: what is new, numbered from 1 (a stand-in for the site's API); ``warehouse``: tables.
* ``assets``: ``items`` loads a range of numbers; ``stories`` and ``comments`` are made from them,
  ``front_page`` from all stories there are.
* ``sensors``: one asks for a run for each ten new items, one for a new front page whenever there
  are new stories, one notes what failed.

``sensors dev -m examples.hacker_news`` loads the 25 items that ship with it as three runs, and
makes a front page. Then say something (new items are read from ``more.jsonl`` in the folder of
HN_DIR, ``hacker_news_data`` by default)::

    echo '{"id": 26, "type": "story", "by": "me", "title": "Hello", "score": 200, "time": 0}' \
        >> hacker_news_data/more.jsonl
    cat hacker_news_data/front_page/now.json
    sensors ticks new_items_sensor

Workers do not evaluate run-status sensors yet (they log so when they start), so failures are noted
only in one process: ``python -m examples.hacker_news``.

Try: an item without a ``type``; ``sensors cursor new_items_sensor --set 20``.
"""

from examples.hacker_news.assets import comments, front_page, items, stories
from examples.hacker_news.feed import Feed
from examples.hacker_news.sensors import (
    failure_sensor,
    front_page_job,
    load_job,
    new_items_sensor,
    stories_sensor,
)
from examples.hacker_news.warehouse import Warehouse
from sensors_app import Definitions

warehouse = Warehouse()
defs = Definitions(
    assets=[items, stories, comments, front_page],
    jobs=[load_job, front_page_job],
    sensors=[new_items_sensor, stories_sensor, failure_sensor],
    resources={"feed": Feed(), "warehouse": warehouse},
)
