"""The assets: what is made of the items."""

from examples.hacker_news.feed import Feed
from examples.hacker_news.warehouse import Warehouse
from sensors_app import Config, Output, asset

FRONT_PAGE_LENGTH = 5


class Batch(Config):
    """A range of items, both ends included."""

    first: int
    last: int


@asset(group_name="load")
def items(context, config: Batch, feed: Feed):
    """The items of a batch, and what the batch is called."""
    found = feed.between(config.first, config.last)
    context.log.info("%d items", len(found))
    return {"batch": f"{config.first:06}-{config.last:06}", "rows": found}


@asset(group_name="load")
def stories(items, warehouse: Warehouse):
    """What people put up for discussion."""
    rows = [row for row in items["rows"] if row["type"] == "story"]
    warehouse.write("stories", items["batch"], rows)
    return Output(len(rows), metadata={"rows": len(rows)})


@asset(group_name="load")
def comments(items, warehouse: Warehouse):
    """What others had to say to it."""
    rows = [row for row in items["rows"] if row["type"] == "comment"]
    warehouse.write("comments", items["batch"], rows)
    return Output(len(rows), metadata={"rows": len(rows)})


@asset(group_name="site", deps=[stories])
def front_page(context, warehouse: Warehouse):
    """The best of all stories that there are by now."""
    ranked = sorted(warehouse.read("stories"), key=lambda row: -row["score"])
    titles = [row["title"] for row in ranked[:FRONT_PAGE_LENGTH]]
    warehouse.write("front_page", "now", titles)
    context.log.info("on top: %s", titles[0])
    return titles
