"""What a user is told when something is wrong, and the exit code that goes with it."""


class Refusal(Exception):
    """Ends the command with its message; nothing has been written."""

    code = 65


class BadData(Refusal):
    """A file has something that the converter does not take: exit code 65."""

    code = 65


class BadUsage(Refusal):
    """The command line asks for something that there is not: exit code 64."""

    code = 64


class MissingPath(Refusal):
    """A path of the command line does not exist: exit code 66."""

    code = 66


class MissingPackage(Refusal):
    """A format needs a package that is not installed: exit code 69."""

    code = 69


class CannotWrite(Refusal):
    """The output cannot be made, or is there already: exit code 73."""

    code = 73
