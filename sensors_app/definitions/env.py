"""Config values that are read from the environment when a run begins, and not before."""

import os


class EnvVar(str):
    """Names an environment variable in a config; its value is read where the run takes place.

    Printing it is an error, so that it is not taken for the value by mistake.
    """

    __slots__ = ()

    @classmethod
    def int(cls, name: str) -> "IntEnvVar":
        """Return the same for a value that is a whole number."""
        return IntEnvVar.named(name)

    @property
    def env_var_name(self) -> str:
        """The variable."""
        return "".join(self)  # str() would ask __str__

    def get_value(self, default: str | None = None) -> str | None:
        """Return what the variable is set to, here and now; ``default`` if it is not set."""
        return os.environ.get(self.env_var_name, default)

    def __str__(self) -> str:
        raise RuntimeError(
            f'Attempted to directly retrieve environment variable EnvVar("{self.env_var_name}"). '
            "EnvVar defers resolution of the environment variable value until run time, and should "
            "only be used as input to Dagster config or resources.\n\nTo access the environment "
            "variable value, call `get_value` on the EnvVar, or use os.getenv directly."
        )


class IntEnvVar(int):
    """Names an environment variable whose value is a whole number."""

    env_var_name: str

    @classmethod
    def named(cls, name: str) -> "IntEnvVar":
        """Return one for a variable."""
        made = cls(0)
        made.env_var_name = name
        return made

    def get_value(self, default: int | None = None) -> int | None:
        """Return what the variable is set to, here and now; ``default`` if it is not set.

        Raises:
            ValueError: It is no whole number.
        """
        value = os.environ.get(self.env_var_name)
        return default if value is None else int(value)

    def __str__(self) -> str:
        raise RuntimeError(
            f'Attempted to directly retrieve environment variable "{self.env_var_name}". '
            "Call `get_value` on it, or use os.getenv directly."
        )
