"""Which names definitions may have."""

import keyword
import re

from sensors_app.errors import DagsterInvalidDefinitionError
from sensors_app.model import checks

VALID_NAME = re.compile(r"[A-Za-z0-9_]+")
# They would clash with the keys of a run config or with what decorators pass to functions.
RESERVED_NAMES = frozenset(
    {"arg_dict", "conf", "config", "context", "input", "input_arg_dict", "meta", "output"}
    | {"output_arg_dict", "bool", "dict", "float", "int", "str", "type"}
    | set(keyword.kwlist)
)


def valid_name(name: str) -> str:
    """Return ``name``.

    Raises:
        ParameterCheckError: It is no text.
        DagsterInvalidDefinitionError: It has other characters than letters of ASCII, digits and
            underscores, or is reserved.
    """
    checks.instance_of("name", name, str)
    if name in RESERVED_NAMES:
        raise DagsterInvalidDefinitionError(
            f'"{name}" is not a valid name in Dagster. '
            "It conflicts with a Dagster or python reserved keyword."
        )
    if VALID_NAME.fullmatch(name) is None:
        raise DagsterInvalidDefinitionError(
            f'"{name}" is not a valid name in Dagster. Names must be in regex ^[A-Za-z0-9_]+$.'
        )
    return name
