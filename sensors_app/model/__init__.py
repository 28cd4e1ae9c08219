"""Frozen records and enums: what the parts of the system tell one another. Standard library only."""
