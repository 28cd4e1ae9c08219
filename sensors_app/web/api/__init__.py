"""``/api/v1``: for programs, all that the pages and the command line show and do."""
