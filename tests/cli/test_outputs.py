"""How previews are written: colours, blocks that nothing can break out of, and lengths."""

import json

from engine.farside import FarSide, Thing, mine, planned
from lakeward.cli.directory import Fault, Manifests
from lakeward.cli.outputs import Report, write
from lakeward.engine.outcome import Key
from lakeward.engine.plan import Step
from lakeward.passes.reconcile import Preview

KEY = Key("MLWorkspace", "ml", "prod")


def report(*steps: Step, notes: tuple[str, ...] = (), faults: tuple[Fault, ...] = ()) -> Report:
    manifests = Manifests(objects={KEY: {"status": {}}}, sources={KEY: "prod.yaml"}, faults=list(faults))
    return Report((Preview(KEY, steps, notes=notes),), manifests)


def creations(count: int) -> tuple[Step, ...]:
    return planned(FarSide(), [Thing(name=f"n{n:03}") for n in range(count)]).steps


def test_colours_are_for_those_who_ask_for_them() -> None:
    assert "\x1b[32m  + far.thing/n000\x1b[0m\n" in write(report(*creations(1)), "text", colour=True)
    assert "\x1b" not in write(report(*creations(1)), "text")
    assert "\x1b" not in write(report(*creations(1)), "markdown", colour=True)


def test_no_value_ends_its_block() -> None:
    far = FarSide()
    far.put(mine(Thing(name="a", comment="```\n# a heading ````")))
    text = write(report(*planned(far, [Thing(name="a", comment="b")]).steps), "markdown")
    assert text.count("\n`````diff\n") == 1
    assert text.count("\n`````\n") == 1


def test_a_comment_is_bounded_and_a_text_is_not() -> None:
    steps = creations(130)
    assert "... and 30 more\n```\n" in write(report(*steps), "markdown")
    assert write(report(*steps), "text").count("\n  + ") == 130


def test_notes_and_faults_are_printable_lines() -> None:
    text = write(report(notes=("a\x1b[31m\nb",), faults=(Fault("x.yaml", "bad\x07"),)), "text")
    assert text == (
        "MLWorkspace ml/prod                                         nothing to change\n"
        "    a\\x1b[31m\\nb\n"
        "\n! x.yaml: bad\\x07\n\nAll: 1 could not be planned\n"
    )


def test_half_a_character_in_the_name_of_a_file_is_written_in_every_form() -> None:
    told = report(faults=(Fault("\udcff.yaml", "bad"),))
    assert json.loads(write(told, "json").encode())["errors"] == [{"source": "\udcff.yaml", "message": "bad"}]
    assert all("bad" in write(told, form).encode().decode() for form in ("text", "markdown"))


def test_the_worst_leads_the_result() -> None:
    fault = Fault("x.yaml", "bad")
    assert report().result == "nothing"
    assert report(*creations(1)).result == "changes"
    assert report(*creations(1), faults=(fault,)).result == "errors"
