"""The command line: `covey-data COMMAND …`."""

from __future__ import annotations

import argparse
import shlex
import sys
import textwrap
from collections.abc import Sequence
from typing import Any, NoReturn

from . import __version__, output
from .commands import COMMANDS, Command, options, output_options
from .errors import BadData, BadUsage, Refusal
from .formats import split
from .parts import joined
from .words import unknown, visible

EXITS = (
    "Exit codes: 0; 64 a wrong command line, 65 bad data, 66 a path that is not there, "
    "69 a package that is not installed, 73 no output can be made."
)


class _Parser(argparse.ArgumentParser):
    """A parser whose mistakes are BadUsage."""

    def __init__(self, **keys: Any):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **keys)

    def error(self, message: str) -> NoReturn:
        raise BadUsage(f"{message} ({self.prog} --help says more)")


def parser_of(command: Command) -> argparse.ArgumentParser:
    """The command's parser, whose help ends with an example."""
    parser = _Parser(
        prog=f"covey-data {command.name}", description=f"Converts {command.summary}.", epilog=_epilog(command)
    )
    command.module.configure(parser)
    if command.module is not split:
        output_options(parser)
    return parser


def _epilog(command: Command) -> str:
    return f"{_filled(command.more)}\n\nexample:\n  {command.example}\n\n{_filled(EXITS)}"


def _filled(text: str) -> str:
    return textwrap.fill(text, 100)


def overview() -> str:
    """What `covey-data --help` shows."""
    width = max(len(c.name) for c in COMMANDS)
    lines = [
        "usage: covey-data COMMAND … -o NAME",
        "",
        "Turns data that Covey does not read into NAME.npz and a manifest, NAME.yaml; a scenario then says",
        "`data: {from: NAME.yaml}`. Nothing is dropped, padded or renamed in silence, no code in a file is "
        "run, and the",
        "same input gives the same bytes.",
        "",
        "commands:",
        *(f"  {c.name:{width}}  {c.summary}" for c in COMMANDS),
        "",
        "examples:",
        *(f"  {c.example}" for c in COMMANDS[:1] + COMMANDS[-1:]),
        "",
        "`covey-data COMMAND --help` has the options of a command and an example; --version the version.",
        _filled(EXITS),
    ]
    return "\n".join(lines)


def run(argv: Sequence[str]) -> list[str]:
    """Runs one command; returns the lines to be printed. Raises Refusal."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        if argv:
            return [overview()]
        raise BadUsage("which command? " + ", ".join(c.name for c in COMMANDS) + " (covey-data --help says more)")
    if argv[0] == "--version":
        return [f"covey-data {__version__}"]
    command = next((c for c in COMMANDS if c.name == argv[0]), None)
    if command is None:
        raise BadUsage(unknown("command", argv[0], [c.name for c in COMMANDS]))
    parser = parser_of(command)
    args, rest = parser.parse_known_args(argv[1:])
    if rest:
        known = [o for a in parser._actions for o in a.option_strings if o.startswith("--")]
        odd = next((r for r in rest if r.startswith("-")), None)
        raise BadUsage(
            unknown("option", odd.partition("=")[0], known)
            if odd
            else f"'{rest[0]}': one argument too many (covey-data {command.name} --help says more)"
        )
    if command.module is split:
        held, lines = split.run(args)
        split.write(args.out, held, args.force)
        return [f"{args.out}: {lines[0]}", *(f"  {line}" for line in lines[1:])]
    chosen = options(args)
    output.ready(args.out, args.force)
    found = command.module.convert(args)
    examples = joined(found, chosen)
    line = shlex.join(["covey-data", *argv])
    return output.write(args.out, examples, found, line, args.force, args.per_client, args.compress)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        lines = run(sys.argv[1:] if argv is None else list(argv))
    except Refusal as error:
        print(f"covey-data: {_clean(str(error))}", file=sys.stderr)
        return error.code
    except MemoryError:
        print("covey-data: not enough memory", file=sys.stderr)
        return BadData.code
    except KeyboardInterrupt:
        print("covey-data: stopped; nothing was written", file=sys.stderr)
        return 130
    except SystemExit as end:  # argparse has printed help
        return int(end.code or 0)
    print("\n".join(line if "\n" in line else visible(line) for line in lines))
    return 0


def _clean(message: str) -> str:
    return "\n".join(visible(line) for line in message.splitlines())
