"""Examples, each to be read in one go; their first lines say what to try.

* ``quickstart``: a folder watcher, with run keys and with a cursor.
* ``s3_watcher``: the same for a bucket.
* ``chain_on_success``: a job that follows another.
* ``alert_on_failure``: Slack and e-mail for runs that failed.
* ``asset_watcher``: a job that runs whenever an asset was materialized.
* ``hacker_news``: all of it in a pipeline, on data that ships with it.
"""
