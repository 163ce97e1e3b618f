"""Prompt files: a TOML header between +++ lines, then sections with `$placeholders` for `string.Template`."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from string import Template

_HEADER = re.compile(r"\A\+\+\+\n(?P<toml>.*?)\n\+\+\+\n(?P<body>.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## (system|user)$\n", re.MULTILINE)


class PromptError(Exception):
    """A prompt file or its filling is wrong: a bug, found when the prompt is loaded."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The two messages a model is sent; `system` is empty where the file has no such section."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A loaded prompt. `digest` is the sha256 of the file's text, in hex; `variables` are all its placeholders."""

    name: str
    version: str
    variables: frozenset[str]
    system: str
    user: str
    digest: str

    @property
    def ref(self) -> str:
        """What is stored beside an answer: `name@version-` and the first 12 digits of the hash."""
        return f"{self.name}@{self.version}-{self.digest[:12]}"

    def fill(self, **values: str) -> Filled:
        """Both sections with every variable replaced once: `$` inside a value stays as it is.

        PromptError when `values` are not exactly the declared variables.
        """
        if set(values) != self.variables:
            wrong = sorted(set(values) ^ self.variables)
            raise PromptError(f"prompt {self.name}: missing or undeclared: {', '.join(wrong)}")
        return Filled(Template(self.system).substitute(values), Template(self.user).substitute(values))


def load(name: str) -> Prompt:
    """The prompt in `prompts/NAME.md`; PromptError names what is wrong with the file."""
    try:
        text = resources.files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError as e:
        raise PromptError(f"there is no prompt file prompts/{name}.md") from e
    return parse(name, text)


def parse(name: str, text: str) -> Prompt:
    """The prompt written in `text`.

    PromptError for a missing header or section, a stray `$`, or variables that are declared and unused or the reverse.
    """
    found = _HEADER.match(text)
    if found is None:
        raise PromptError(f"prompt {name}: the file does not begin with a header between +++ lines")
    version, declared = _header(name, found["toml"])
    sections = _sections(name, found["body"])
    used = {variable for section in sections.values() for variable in _placeholders(name, section)}
    if used != declared:
        raise PromptError(f"prompt {name}: declared and used variables differ: {', '.join(sorted(used ^ declared))}")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Prompt(name, version, frozenset(declared), sections.get("system", ""), sections["user"], digest)


def _header(name: str, toml: str) -> tuple[str, set[str]]:
    try:
        header = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as e:
        raise PromptError(f"prompt {name}: the header is not TOML: {e}") from e
    variables = header.get("variables")
    if set(header) != {"version", "variables"} or not isinstance(variables, list):
        raise PromptError(f"prompt {name}: the header needs `version` and a list `variables`, and nothing else")
    return str(header["version"]), {str(variable) for variable in variables}


def _sections(name: str, body: str) -> dict[str, str]:
    lead, *rest = _SECTION.split(body)
    names, texts = rest[::2], rest[1::2]
    if lead.strip() or "user" not in names or len(set(names)) != len(names):
        raise PromptError(f"prompt {name}: the text needs one `## user` and at most one `## system` section")
    return {section: text.strip() for section, text in zip(names, texts, strict=True)}


def _placeholders(name: str, section: str) -> list[str]:
    template = Template(section)
    if not template.is_valid():
        raise PromptError(f"prompt {name}: a $ that begins no placeholder (write $$)")
    return template.get_identifiers()
