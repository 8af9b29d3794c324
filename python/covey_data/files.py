"""Which files a command reads, in which order, and what their names say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence

from .errors import BadData, MissingPath
from .words import listed, quoted

SPLITS = {"train": "train", "val": "val", "test": "test", "validation": "val", "valid": "val", "dev": "val"}


def there(paths: Iterable[str]) -> None:
    """Raises MissingPath for the first path that does not exist."""
    for path in paths:
        if not os.path.exists(path):
            raise MissingPath(f"{path}: there is no such file or folder")


def found(paths: Sequence[str], endings: Sequence[str]) -> list[str]:
    """The files named and, of folders, those below with one of the endings, by code points; not hidden ones.

    Raises MissingPath where a path does not exist, BadData where a folder has no such file or a link leaves it.
    """
    there(paths)
    files: list[str] = []
    for path in paths:
        if not os.path.isdir(path):
            files.append(path)
            continue
        inside = [f for f in walked(path) if f.lower().endswith(tuple(endings))]
        if not inside:
            raise BadData(f"{path}: no file in this folder ends with {' or '.join(endings)}")
        files += inside
    for i, file in enumerate(files):
        if any(os.path.samefile(file, other) for other in files[:i]) if len(files) < 500 else False:
            raise BadData(f"{file}: named twice")
    return files


def walked(root: str) -> list[str]:
    """All files below `root`, component by component by code points, without hidden ones.

    Raises BadData where a symbolic link leads out of `root`.
    """
    inside = os.path.realpath(root) + os.sep
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".")]
        for name in names + [f for f in folders if os.path.islink(os.path.join(folder, f))]:
            path = os.path.join(folder, name)
            if name.startswith("."):
                continue
            if os.path.islink(path) and not os.path.realpath(path).startswith(inside):
                raise BadData(f"{path}: a symbolic link that leaves {root}")
            if name in names:
                files.append(path)
    return sorted(files, key=lambda f: os.path.relpath(f, root).split(os.sep))


def stem(path: str) -> str:
    """The file's name without its last extension."""
    return os.path.splitext(os.path.basename(path))[0]


def split_of(path: str, extra: Iterable[str] = ()) -> str | None:
    """The one word of the file's name that is a split (or one of `extra`), else its folder where that is such a word.

    Only the path as it was given counts, not what lies above it. None where nothing names a split; raises BadData where
    the name has two.
    """
    known = set(SPLITS) | set(extra)
    name = stem(path)
    words = {name} & known or {w for w in re.split(r"[^a-z0-9]+", name.lower()) if w in known}
    if len(words) > 1:
        raise BadData(f"{path}: its name has the splits {listed(sorted(words))}; which one is it?")
    folder = os.path.basename(os.path.dirname(path))
    return words.pop() if words else folder if folder in known else None


def splits_of(files: Sequence[str], said: str | None, extra: Iterable[str], notes: list[str]) -> list[str] | None:
    """The split of each file by its name, where `--split` says `file` or nothing; None where no name has one.

    Raises BadData where only some have one, or none although `--split file` asks for it.
    """
    if said not in (None, "file"):
        return None
    extra = list(extra)
    splits = [split_of(f, extra) for f in files]
    named = [s for s in splits if s is not None]
    if named and len(named) < len(files):
        odd, other = files[splits.index(None)], files[splits.index(named[0])]
        raise BadData(f"{odd}: its name has no split, while that of {other} has; name the files alike, or say --splits")
    if not named and said:
        raise BadData(f"{files[0]}: --split file: its name has no split (allowed: {', '.join(SPLITS)})")
    if named and "splits are those of the files' names" not in notes:
        notes.append("splits are those of the files' names")
    return named or None


def unique_names(files: Sequence[str]) -> list[str]:
    """The files' names without extensions, as names of clients or domains. Raises BadData where two are the same."""
    names = [stem(f) for f in files]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise BadData(f"{files[i]}: {files[names.index(name)]} has the same name {quoted(name)}")
    return names


def read(path: str) -> bytes:
    """The file's bytes. Raises BadData where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise BadData(f"{path}: cannot be read ({error.strerror})") from None
