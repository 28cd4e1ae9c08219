"""The command line, against a real store and workers that are made up."""
