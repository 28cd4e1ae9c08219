"""How commands end: exit codes, messages, and what is never printed."""

import click
import pytest

from sensors_app.cli import cli
from sensors_app.cli.failure import failure_of
from sensors_app.errors import StoreUnavailableError
from sensors_app.model.errors import SerializableErrorInfo
from sensors_app.model.limits import ConcurrencyLimit
from sensors_app.model.reactions import ReactionEnd
from sensors_app.model.ticks import TickFailure
from tests.cli.conftest import Sensors
from tests.support.reacting import Reacting, fed
from tests.support.site import HOLDER, Site, sensor


def test_the_store_cannot_be_reached(sensors: Sensors, monkeypatch: pytest.MonkeyPatch):
    """A store that is away is exit code 3 and one line on stderr, without the password."""
    monkeypatch.setenv("SENSORS_REDIS_URL", "redis://:s3cret@127.0.0.1:1/0")
    result = sensors("list", "--json", code=3)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert "s3cret" not in result.stderr


def test_a_wrong_setting(sensors: Sensors, monkeypatch: pytest.MonkeyPatch):
    """A wrong setting is exit code 2, and is named."""
    monkeypatch.setenv("SENSORS_TICK_MAX_COUNT", "many")
    assert "SENSORS_TICK_MAX_COUNT" in sensors("list", code=2).stderr


@pytest.mark.parametrize(
    "url", ["redis://:s3cret@h/0", "redis://u:s3/cret@h/0", "sentinel://h/s/0?sentinel_password=s3"]
)
def test_no_password_in_a_message(url: str, capsys: pytest.CaptureFixture[str]):
    """Whatever an error says, passwords of URLs are left out."""
    failure_of(StoreUnavailableError(f"{url} does not answer.")).show()
    message = capsys.readouterr().err
    assert "s3" not in message
    assert "***" in message


def test_the_exit_codes_are_documented(sensors: Sensors):
    """``sensors --help`` says what each exit code means."""
    shown = sensors("--help").stdout
    assert all(f"\n    {code}  " in shown for code in (0, 1, 2, 3, 4, 130))


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_everything_has_a_help_text(name: str):
    """Every command and every option says what it is for."""
    command = cli.commands[name]
    assert command.get_short_help_str(), name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


def test_the_help_lists_every_command(sensors: Sensors):
    """No command is missing from the sections of the help."""
    shown = sensors("--help").stdout
    assert all(f"\n  {name} " in shown for name in cli.commands)


def test_version(sensors: Sensors):
    """``--version`` works, installed or not."""
    assert sensors("--version").stdout.startswith("sensors-app ")


READERS = [
    ["list"],
    ["ticks", "s"],
    ["runs"],
    ["run-keys", "s"],
    ["cursor", "s"],
    ["locations"],
    ["workers"],
    ["events"],
    ["reactions", "fed"],
    ["dead-letters"],
    ["dead-letters", "--show", "1"],
    ["lag"],
    ["limits"],
]


@pytest.mark.parametrize("args", READERS, ids=" ".join)
def test_what_users_wrote_is_harmless(
    sensors: Sensors, site: Site, reacting: Reacting, args: list[str]
):
    """Neither markup nor terminal escapes of users get through to the terminal."""
    nasty = "[red]x[/red] \x1b]0;title\x07 \x9b31m"
    site.register(sensor(), fed("fed"), limits=[ConcurrencyLimit(1, tag="\x1b[31m")], version="2")
    site.set_cursor("[bold]\x1b[31m\u202e")
    site.commit(site.begun(), skip_reason=nasty)
    reacting.happened("\x1b[31m")
    (ident,) = reacting.take()
    reacting.begin(ident, name="fed")
    failure = TickFailure(SerializableErrorInfo(nasty, (nasty,)))
    end = ReactionEnd("fed", ident, failure, final=True)
    site.store.reactions.finish_reactions("loc", [end], HOLDER)
    shown = sensors(*args).stdout
    assert not any(character in shown for character in "\x1b\x07\x9b\u202e")
    if args[0] in {"list", "ticks", "dead-letters"}:
        assert "[red]x[/red] \\x1b]0;title\\x07" in shown
