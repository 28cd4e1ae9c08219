"""The Celery side: beat, workers and tasks. Thin glue over :mod:`sensors_app`."""
