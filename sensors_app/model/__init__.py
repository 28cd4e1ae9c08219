"""Frozen records and enums that the parts of the system exchange. Standard library only."""
