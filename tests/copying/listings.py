"""Listings that must not be trusted, and one that may be, for whoever copies."""

from collections.abc import Mapping, Sequence

from copying.liar import ROOT, Entry, file, folder

MIB = 1024**2
MOST = 50 * MIB

GOOD: Mapping[str, Sequence[Entry]] = {
    ROOT: [file(f"{ROOT}/MLmodel", 3), folder(f"{ROOT}/data/"), file(f"{ROOT}/a b.txt", 0)],
    f"{ROOT}/data": [file(f"{ROOT}/data/model=1+2@x_y-z.pkl", 5), file(f"{ROOT}/data/{'n' * 255}", MIB)],
}
FOUND = [("MLmodel", 3), ("a b.txt", 0), ("data/model=1+2@x_y-z.pkl", 5), (f"data/{'n' * 255}", MIB)]


def _one(entry: Entry) -> Mapping[str, Sequence[Entry]]:
    return {ROOT: [file(f"{ROOT}/MLmodel", 3), entry]}


def _deep() -> Mapping[str, Sequence[Entry]]:
    found, at = {}, ROOT
    for _ in range(33):
        found[at] = [folder(f"{at}/d")]
        at = f"{at}/d"
    return {**found, at: [file(f"{at}/a")]}


BAD: Mapping[str, Mapping[str, Sequence[Entry]]] = {
    "traversal": _one(file(f"{ROOT}/../2/a")),
    "two dots": _one(file(f"{ROOT}/..")),
    "one dot": _one(folder(f"{ROOT}/.")),
    "another version": _one(file("/Models/c/s/m/2/a")),
    "another root": _one(file("/Volumes/c/s/v/a")),
    "a root that only begins alike": _one(file(f"{ROOT}0/a")),
    "a name alone": _one(file("a")),
    "no name": _one({"file_size": 1}),
    "the folder itself": _one(folder(ROOT)),
    "two levels at once": _one(file(f"{ROOT}/a/b")),
    "a double slash": _one(file(f"{ROOT}//a")),
    "a new line at the end": _one(file(f"{ROOT}/a\n")),
    "a blank at the end": _one(file(f"{ROOT}/a ")),
    "a backslash": _one(file(f"{ROOT}/a\\b")),
    "a percent sign": _one(file(f"{ROOT}/a%2fb")),
    "a colon": _one(file(f"{ROOT}/c:a")),
    "another script": _one(file(f"{ROOT}/\u0430")),
    "too long": _one(file(f"{ROOT}/{'n' * 256}")),
    "too deep": _deep(),
    "too many": {ROOT: [file(f"{ROOT}/{n}", 0) for n in range(10_001)]},
    "too many folders": {ROOT: [folder(f"{ROOT}/{n}") for n in range(1_000)]},
    "too large together": {ROOT: [file(f"{ROOT}/{n}", 20 * MIB) for n in range(3)]},
    "a negative size": _one(file(f"{ROOT}/a", -1)),
    "a size that is no number": _one(file(f"{ROOT}/a", "12")),
    "listed twice": _one(file(f"{ROOT}/MLmodel", 3)),
    "a long MLmodel": {ROOT: [file(f"{ROOT}/MLmodel", MIB + 1)]},
    "a long conda.yaml": _one(file(f"{ROOT}/conda.yaml", MIB + 1)),
    "long requirements": _one(file(f"{ROOT}/requirements.txt", MIB + 1)),
}
