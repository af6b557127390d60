"""A moment that is asked for is typed in the reader's own zone, which the page names: no hint names another."""

from cases.lifecycle.verbs import VERBS


def test_no_hint_of_a_moment_names_a_zone() -> None:
    hints = {
        f"{verb.code} {ask.name}": ask.hint for verb in VERBS.values() for ask in verb.asks if ask.kind == "moment"
    }

    assert len(hints) > 30
    assert {name: hint for name, hint in hints.items() if "UTC" in hint or "GMT" in hint} == {}
