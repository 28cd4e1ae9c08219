"""The sensors of ``crowd``, for who must not import it."""

SINNER = "s7"
"""The one that misbehaves."""

ALL = [f"s{number}" for number in range(20)]
OTHERS = [name for name in ALL if name != SINNER]
