"""Two sensors that watch a folder: one with a run key for each file, one with a cursor.

Drop a text file into ``inbox`` (the folder that ``QUICKSTART_DIR`` names, ``quickstart_data`` by
default): within about a second its words are counted, and the result is in ``outbox``.
"""

import json
import os
from pathlib import Path

from sensors_app import (
    DefaultSensorStatus,
    Definitions,
    RunRequest,
    SkipReason,
    job,
    op,
    sensor,
)

DATA = Path(os.environ.get("QUICKSTART_DIR", "quickstart_data"))
INBOX, OUTBOX = DATA / "inbox", DATA / "outbox"


def files_in_inbox():
    INBOX.mkdir(parents=True, exist_ok=True)
    return sorted(path for path in INBOX.iterdir() if path.is_file())


@op(config_schema={"filename": str})
def read_file(context):
    """Read the file that the run was launched for."""
    return (INBOX / context.op_config["filename"]).read_text(errors="replace")


@op
def count_words(context, text):
    """Count its words."""
    words = len(text.split())
    context.log.info("%d words", words)
    return words


@op(config_schema={"filename": str})
def write_result(context, words):
    """Write the result where the user finds it."""
    OUTBOX.mkdir(parents=True, exist_ok=True)
    result = OUTBOX / f"{context.op_config['filename']}.json"
    result.write_text(json.dumps({"words": words, "run_id": context.run_id}))


@job
def count_words_job():
    write_result(count_words(read_file()))


@op(config_schema={"filename": str, "modified": float})
def note_change(context):
    """Note that a file was written to."""
    OUTBOX.mkdir(parents=True, exist_ok=True)
    with (OUTBOX / "changes.log").open("a") as changes:
        changes.write(f"{context.op_config['filename']} {context.op_config['modified']}\n")


@job
def note_change_job():
    note_change()


@sensor(
    job=count_words_job,
    minimum_interval_seconds=1,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run for each file, once: its name is the run key.",
)
def new_file_sensor():
    files = files_in_inbox()
    for path in files:
        config = {"config": {"filename": path.name}}
        yield RunRequest(
            run_key=path.name, run_config={"ops": {"read_file": config, "write_result": config}}
        )
    if not files:
        yield SkipReason(f"No file in {INBOX}.")


@sensor(
    job=note_change_job,
    minimum_interval_seconds=1,
    default_status=DefaultSensorStatus.RUNNING,
    description="A run for each change of a file: the cursor is the latest change seen.",
)
def changed_file_sensor(context):
    seen = float(context.cursor or 0)
    changes = [(path.stat().st_mtime, path.name) for path in files_in_inbox()]
    fresh = [change for change in changes if change[0] > seen]
    if not fresh:
        return SkipReason(f"Nothing changed in {INBOX}.")
    context.log.info("%d files changed", len(fresh))
    context.update_cursor(str(max(modified for modified, _ in fresh)))
    return [
        RunRequest(
            run_key=f"{name}:{modified}",
            run_config={
                "ops": {"note_change": {"config": {"filename": name, "modified": modified}}}
            },
        )
        for modified, name in sorted(fresh)
    ]


defs = Definitions(
    jobs=[count_words_job, note_change_job], sensors=[new_file_sensor, changed_file_sensor]
)
