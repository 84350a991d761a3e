"""The `casebook` command, from its first import on. A worker comes by here as well, and needs no command line."""

from app.importing import importing


def main() -> None:
    """The command line."""
    with importing():
        from app.cli import cli  # noqa: PLC0415 - as the module says
    cli()
