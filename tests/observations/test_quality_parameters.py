"""Parameters of the quality tests: defaults, the user's changes, refusals in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from airq.errors import AirqError, FileRejected, ParameterError
from airq.observations import quality
from airq.variables import POLLUTANTS


def changed(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "quality.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_value_has_a_source_and_a_known_mark() -> None:
    table = quality.table()
    assert (table["source"].str.len() > 5).all()
    assert table["mark"].str.fullmatch(r"\[(P|C|M|U|B \d\d%)\]").all()
    assert (table["origin"] == "airq").all()
    split = table[table["pollutant"] != ""]
    assert (split.groupby(["test", "parameter"])["pollutant"].agg(list).map(tuple) == POLLUTANTS).all()


def test_partial_changes_merge(tmp_path: Path) -> None:
    file = changed(tmp_path, "spike:\n  plus: {pm25: 80}\n  longest: 2\ndrift: {enabled: false}\n")
    p, default = quality.parameters(file), quality.parameters()
    assert p["spike"]["plus"] == {**default["spike"]["plus"], "pm25": 80.0}
    assert p["spike"]["longest"] == 2 and p["spike"]["times"] == default["spike"]["times"]
    assert p["drift"]["enabled"] is False and p["stuck"] == default["stuck"]
    rows = quality.table(file).set_index(["test", "parameter", "pollutant"])
    assert rows.loc[("spike", "plus", "pm25"), "mark"] == "[user]"
    assert rows.loc[("spike", "times", ""), "origin"] == "airq"


def test_a_user_may_state_a_source(tmp_path: Path) -> None:
    file = changed(tmp_path, 'spike:\n  times: {value: 4, source: own trial, mark: "[M]"}\n')
    row = quality.table(file).set_index(["test", "parameter"]).loc[("spike", "times")]
    assert (row["value"], row["source"], row["mark"], row["origin"]) == (4.0, "own trial", "[M]", "user")


def test_digest_follows_values_only(tmp_path: Path) -> None:
    default = quality.parameters_digest()
    assert quality.parameters_digest(changed(tmp_path, "# nothing\n")) == default
    same = quality.parameters()["spike"]["times"]
    assert (
        quality.parameters_digest(changed(tmp_path, f"spike: {{times: {{value: {same}, source: x}}}}\n"))
        == default
    )
    assert quality.parameters_digest(changed(tmp_path, "spike: {times: 9}\n")) != default


def test_the_project_s_file_is_used_and_its_change_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRQ_HOME", str(tmp_path))
    default = quality.parameters()
    (tmp_path / "params").mkdir()
    file = changed(tmp_path / "params", "stuck: {hours: {pm25: 9}}\n")
    assert quality.parameters()["stuck"]["hours"]["pm25"] == 9
    file.unlink()
    assert quality.parameters() == default


def test_what_is_given_is_a_copy() -> None:
    quality.parameters()["stuck"]["hours"]["pm25"] = 99
    assert quality.parameters()["stuck"]["hours"]["pm25"] == 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("spikes: {times: 3}", "test 'spikes' is not known"),
        ("spike: {time: 3}", "spike.time: is not a parameter"),
        ("spike: {times: three}", "spike.times: 'three' is not a number"),
        ("spike: {times: true}", "spike.times: True is not a number"),
        ("spike: {times: .nan}", "spike.times: nan is not a number"),
        ("spike: {longest: 2.5}", "spike.longest: 2.5 is not a whole number"),
        ("spike: {longest: 0}", "spike.longest: 0 is not from 1 to 12"),
        ("spike: {times: 0.5}", "spike.times: 0.5 is not at least 1.0"),
        ("spike: {dips: 1}", "spike.dips: 1 is not true or false"),
        ("spike: {plus: 80}", "spike.plus: 80 is not a mapping by pollutant"),
        ("spike: {plus: {pm2.5: 80}}", "spike.plus: 'pm2.5' is not known"),
        ("spike: {plus: {pm25: [1]}}", "spike.plus.pm25: [1] is not a number"),
        ("spike: {companions: {pm25: [nox]}}", "spike.companions.pm25: 'nox' is not known"),
        ("spike: {times: {value: 3, sources: x}}", "spike.times: 'sources' is not known"),
        ("sentinel: {codes: -999}", "sentinel.codes: -999 is not a list"),
        ("spike: 3", "spike: holds no parameters"),
        ("[1, 2]", "holds no tests"),
    ],
)
def test_a_wrong_entry_is_one_sentence_with_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    file = changed(tmp_path, text)
    with pytest.raises(ParameterError) as caught:
        quality.parameters(file)
    message = str(caught.value)
    assert (
        message.startswith(f"{file}: ") and words in message and message.endswith(".") and "\n" not in message
    )


@pytest.mark.parametrize("blob", [b"spike: {times: 3", b"\xff\xfe\x00bad", b"a: b: c"])
def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path, blob: bytes) -> None:
    file = tmp_path / "quality.yaml"
    file.write_bytes(blob)
    with pytest.raises(AirqError, match=r"quality\.yaml:"):
        quality.parameters(file)
    with pytest.raises(FileRejected, match="cannot be read"):
        quality.parameters(tmp_path / "none.yaml")
