"""Rules of the house that ruff, mypy and import-linter cannot state. A checker returns what it found, one line each."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 300
MAX_ARGUMENTS = 5
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
HIDING_NAMES = {"discord", "telegram", "logging"}  # as bot/discord.py they would hide the library of that name
PACKAGES = {"bot", "rag", "signals", "storage"}
CODE_BY_NAME = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"}
BROAD = {"Exception", "BaseException"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|opt|Users|mnt)/[\w.-]")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.AST, what: str) -> str:
        """One line about a place in the file."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {what}"


Checker = Callable[[Source], list[str]]


def long_functions(source: Source) -> list[str]:
    """A function has at most 50 lines, its decorators not counted."""
    lengths = ((f, (f.end_lineno or f.lineno) - f.lineno + 1) for f in source.functions())
    return [source.at(f, f"{f.name} has {n} lines") for f, n in lengths if n > MAX_FUNCTION_LINES]


def long_files(source: Source) -> list[str]:
    """A file has at most 300 lines."""
    lines = len(source.text.splitlines())
    return [f"{source.path} has {lines} lines"] if lines > MAX_FILE_LINES else []


def many_arguments(source: Source) -> list[str]:
    """A function has at most five arguments beside `self`; options of a command line are declared, not passed."""
    found = []
    for f in source.functions():
        given = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs]
        names = [a.arg for a in given if a.arg not in ("self", "cls")]
        if len(names) > MAX_ARGUMENTS and not _is_command_line(f):
            found.append(source.at(f, f"{f.name} has {len(names)} arguments"))
    return found


def vague_modules(source: Source) -> list[str]:
    """A module's name says what is in it, and hides no library."""
    path = Path(source.path)
    vague = VAGUE_NAMES & {path.stem, *path.parent.parts}
    if len(path.parts) == 2 and path.parts[0] == "bot" and path.stem in HIDING_NAMES:
        vague.add(path.stem)
    return [f"{source.path}: name it after what it holds, not {name!r}" for name in sorted(vague)]


def stored_code(source: Source) -> list[str]:
    """Nothing that runs code while it reads data."""
    return [
        source.at(node, f"imports {name}")
        for node, name in _imports(source.tree)
        if name.partition(".")[0] in CODE_BY_NAME
    ]


def swallowed_errors(source: Source) -> list[str]:
    """Who catches everything raises again, or ends: a value made from an unknown error is a lie."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            found += [source.at(r, "returns a value after catching everything") for r in _returns(node.body)]
        if isinstance(node, ast.Call) and _name(node.func).endswith("suppress"):
            found += [source.at(node, "suppresses everything") for a in node.args if _is_broad(a)]
    return found


def formatted_templates(source: Source) -> list[str]:
    """`str.format` runs over literals only: a stored text could read any attribute."""
    calls = (n for n in ast.walk(source.tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return [
        source.at(call, "formats a text that is not a literal; use string.Template")
        for call in calls
        if call.func.attr in ("format", "format_map")  # type: ignore[attr-defined]
        and not isinstance(call.func.value, ast.Constant)  # type: ignore[attr-defined]
    ]


def read_environment(source: Source) -> list[str]:
    """`bot/settings.py` alone reads the environment."""
    if source.path == "bot/settings.py":
        return []
    words = {"environ", "environb", "getenv", "getenvb"}
    attributes = (n for n in ast.walk(source.tree) if isinstance(n, ast.Attribute) and _name(n.value) == "os")
    imported = (n for n in ast.walk(source.tree) if isinstance(n, ast.ImportFrom) and n.module == "os")
    found = [source.at(n, f"uses os.{n.attr}") for n in attributes if n.attr in words]
    return found + [source.at(n, f"imports {a.name}") for n in imported for a in n.names if a.name in words]


def missing_docstrings(source: Source) -> list[str]:
    """Every public module, class, function and method says what its signature cannot."""
    found = [] if ast.get_docstring(source.tree) or not source.tree.body else [f"{source.path} has no docstring"]
    return found + [
        source.at(n, f"{n.name} has no docstring") for n in _public(source.tree) if not ast.get_docstring(n)
    ]


def package_named_variables(source: Source) -> list[str]:
    """No variable or argument hides one of the four packages by its name; fields of a class may have it."""
    classes = (n for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef))
    fields = {id(n.target) for c in classes for n in c.body if isinstance(n, ast.AnnAssign)}
    stored = (n for n in ast.walk(source.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    arguments = (n for n in ast.walk(source.tree) if isinstance(n, ast.arg))
    found = [source.at(n, f"variable {n.id!r}") for n in stored if n.id in PACKAGES and id(n) not in fields]
    return found + [source.at(n, f"argument {n.arg!r}") for n in arguments if n.arg in PACKAGES]


def hidden_imports(source: Source) -> list[str]:
    """Modules are imported by statement, where import-linter sees them."""
    words = ("import_module", "__import__")
    calls = (n for n in ast.walk(source.tree) if isinstance(n, ast.Call))
    return [source.at(c, "imports by name") for c in calls if _name(c.func).rpartition(".")[2] in words]


def unfinished(source: Source) -> list[str]:
    """Nothing shipped says that it is not done."""
    lines = enumerate(source.text.splitlines(), start=1)
    return [f"{source.path}:{i} says {m[0]}" for i, line in lines if (m := UNFINISHED.search(line))]


def machine_paths(source: Source) -> list[str]:
    """No file names a path of the machine it was written on."""
    lines = enumerate(source.text.splitlines(), start=1)
    return [f"{source.path}:{i} names {m[0]}" for i, line in lines if (m := MACHINE_PATH.search(line))]


def _is_command_line(f: Function) -> bool:
    annotations = (a.annotation for a in [*f.args.args, *f.args.kwonlyargs] if a.annotation is not None)
    return any("typer." in ast.unparse(annotation) for annotation in annotations)


def _imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def _is_broad(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_is_broad(part) for part in node.elts)
    return node is None or _name(node).rpartition(".")[2] in BROAD


def _returns(body: list[ast.stmt]) -> Iterator[ast.Return]:
    for node in body:
        if isinstance(node, ast.Return) and not (node.value is None or _is_none(node.value)):
            yield node
        if not isinstance(node, Function | ast.ClassDef):
            yield from _returns(
                [child for child in ast.walk(node) if isinstance(child, ast.stmt) and child is not node]
            )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _public(tree: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    for node in tree.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_") or _is_repeated(node):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node)


def _is_repeated(node: Function | ast.ClassDef) -> bool:
    names = {_name(d).rpartition(".")[2] for d in node.decorator_list}
    return bool(names & {"overload", "setter", "override"})
