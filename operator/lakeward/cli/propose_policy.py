"""What the marker of a promotion asks for: its grammar, and whether a version is as asked. Pure.

    policy    = "latest" [ "where" condition { "and" condition } ]
    condition = name "=" text | name "in" "(" value { "," value } ")" | name operator decimal

The first two are about tags of the version, the third about its model_metrics.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any

from lakeward.judgement.decimals import decimal_of, show
from lakeward.providers.databricks.registry import Version

LONGEST, MOST_CONDITIONS = 1000, 20
KEYWORDS = frozenset({"latest", "where", "and", "in"})
OPERATORS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {">=": ge, ">": gt, "<=": le, "<": lt, "=": eq}
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<sign>>=|<=|[=<>(),])|(?P<word>[A-Za-z0-9_./:@+-]+)")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class PolicyError(ValueError):
    """Why a text is no policy, as one sentence, and how many characters stand before the place."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class TagIn:
    """A tag of the version must have one of these values."""

    key: str
    values: tuple[str, ...]

    def unmet(self, version: Version) -> str:
        """Why the version is not as asked; empty where it is."""
        found = version.tags.get(self.key)
        if found is None:
            return f"the tag {self.key} is absent"
        return "" if found in self.values else f"the tag {self.key} is {found}, not {' or '.join(self.values)}"


@dataclass(frozen=True)
class MetricIs:
    """A metric of the version must keep this bound on every dataset that it was measured on."""

    key: str
    operator: str
    bound: Decimal

    def unmet(self, version: Version) -> str:
        """Why the version is not as asked; empty where it is."""
        found = _readings(self.key, version.metrics)
        if not found:
            return f"the metric {self.key} is absent"
        return next((text for dataset, value in found if (text := self._unmet(dataset, value))), "")

    def _unmet(self, dataset: str, text: object) -> str:
        on = f" on {dataset}" if dataset else ""
        try:
            value = decimal_of(text if isinstance(text, int | float | str) else "")
        except ValueError as error:
            return f"the metric {self.key}{on}: {error}"
        # a NaN keeps no bound
        kept = value.is_finite() and OPERATORS[self.operator](value, self.bound)
        return "" if kept else f"{self.key} {show(value)}{on} is not {self.operator} {show(self.bound)}"


@dataclass(frozen=True)
class Policy:
    """The newest version of which all conditions hold."""

    conditions: tuple[TagIn | MetricIs, ...]
    text: str

    def unmet(self, version: Version) -> str:
        """The first thing in which the version is not as asked; empty where it is."""
        return next((text for condition in self.conditions if (text := condition.unmet(version))), "")


def parse(text: str) -> Policy:
    """The policy that a marker says. Raises PolicyError at the first character that is wrong."""
    if len(text) > LONGEST:
        raise PolicyError(LONGEST, f"a policy has at most {LONGEST} characters")
    return _Parser(text).policy()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int

    def __str__(self) -> str:
        return self.text if self.kind != "quoted" else f"'{self.text}'"


class _Parser:
    """Reads a policy from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))

    def policy(self) -> Policy:
        self._keyword("latest")
        conditions: list[TagIn | MetricIs] = []
        if self._tokens[0].kind != "end":
            self._keyword("where")
            conditions.append(self._condition())
        while self._tokens[0].kind != "end":
            if len(conditions) == MOST_CONDITIONS:
                raise PolicyError(self._tokens[0].at, f"a policy has at most {MOST_CONDITIONS} conditions")
            self._keyword("and")
            conditions.append(self._condition())
        return Policy(tuple(conditions), self._text)

    def _condition(self) -> TagIn | MetricIs:
        key = self._value("the name of a tag or a metric", key=True).text
        token = self._tokens.pop(0)
        if token == _Token("word", "in", token.at):
            return TagIn(key, tuple(self._values()))
        if token.text not in OPERATORS or token.kind != "sign":
            raise PolicyError(token.at, f"expected in or one of {' '.join(OPERATORS)}, found {token}")
        wanted = self._value("a decimal" if token.text != "=" else "a value or a decimal")
        if wanted.kind == "word" and _NUMBER.fullmatch(wanted.text):
            return MetricIs(key, token.text, _decimal(wanted))
        if token.text != "=":
            raise PolicyError(wanted.at, f"expected a decimal, found {wanted}")
        return TagIn(key, (wanted.text,))

    def _values(self) -> Iterator[str]:
        self._sign("(")
        yield self._value("a value").text
        while self._tokens[0].text == "," and self._tokens[0].kind == "sign":
            self._sign(",")
            yield self._value("a value").text
        self._sign(")")

    def _value(self, what: str, *, key: bool = False) -> _Token:
        token = self._tokens.pop(0)
        wrong = token.kind not in {"word", "quoted"} or (token.kind == "word" and token.text in KEYWORDS)
        if wrong or (key and token.kind == "word" and _NUMBER.fullmatch(token.text)):
            hint = ": write it in single quotes" if token.kind == "word" else ""
            raise PolicyError(token.at, f"expected {what}, found {token}{hint}")
        return token

    def _keyword(self, word: str) -> None:
        token = self._tokens.pop(0)
        if token.kind != "word" or token.text != word:
            raise PolicyError(token.at, f"expected {word}, found {token}")

    def _sign(self, sign: str) -> None:
        token = self._tokens.pop(0)
        if token.kind != "sign" or token.text != sign:
            raise PolicyError(token.at, f"expected {sign}, found {token}")


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise PolicyError(at, f"{text[at]} has no meaning here; names and values with it go in single quotes")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind].replace("''", "'") if kind == "quoted" else found[kind], at)
        at = found.end()
    # one for every token that may be asked for behind the last
    yield from [_Token("end", "the end", at)] * 2


def _decimal(token: _Token) -> Decimal:
    try:
        return decimal_of(token.text)
    except ValueError as error:
        raise PolicyError(token.at, str(error)) from None


def _readings(key: str, metrics: Sequence[Mapping[str, Any]]) -> list[tuple[str, object]]:
    """The last value on each dataset: a metric may have been logged step by step."""
    last: dict[tuple[str, str], object] = {}
    for entry in sorted((e for e in metrics if e.get("key") == key), key=_moment):
        dataset = str(entry.get("dataset_name") or "")
        last[dataset, str(entry.get("dataset_digest") or "")] = entry.get("value")
    return [(dataset, value) for (dataset, _), value in last.items()]


def _moment(entry: Mapping[str, Any]) -> tuple[int, int]:
    return int(entry.get("step") or 0), int(entry.get("timestamp") or 0)
