"""``completion``: teaches a shell the commands, their options, and the names of sensors."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "sensors"
VARIABLE = "_SENSORS_COMPLETE"

HOW_TO = {
    "bash": 'add to ~/.bashrc:  eval "$(sensors completion bash)"',
    "zsh": 'add to ~/.zshrc, after compinit:  eval "$(sensors completion zsh)"',
    "fish": "run:  sensors completion fish > ~/.config/fish/completions/sensors.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(list(HOW_TO)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script for completion by a shell."""
    kind = get_completion_class(shell)
    assert kind is not None, shell
    script = kind(context.find_root().command, {}, PROGRAM, VARIABLE).source()
    click.echo(f"# To install, {HOW_TO[shell]}\n{script}")
