"""The generated page and the command show what the tables hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from airq import standards
from airq.cli.standards import command
from airq.errors import ParameterError

PROJECT = Path(__file__).parents[2]


def test_page_is_up_to_date():
    script = PROJECT / "scripts" / "make_standards_doc.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_page_names_every_open_point():
    text = (PROJECT / "docs" / "standards.md").read_text(encoding="utf-8")
    for row in standards.open_points():
        assert f"| {row.edition} | `{row.entry}` |" in text


def run(*args):
    result = CliRunner().invoke(command, list(args), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_command_lists_editions_entries_open_points_and_limits():
    assert "GB3095-2026" in run()
    editions = json.loads(run("--json"))
    assert {"HJ633-2026", "HJ663-2013", "ALERT-2024"} <= {e["id"] for e in editions}
    entries = json.loads(run("--edition", "2026", "--json"))
    assert {
        "entry": "missing.publish_above",
        "value": "100",
        "mark": "P",
        "source": "HJ 633-2026, 5.3.1",
    } in entries
    opened = json.loads(run("--open", "--json"))
    assert len(opened) == len(standards.open_points())
    assert all(row["mark"] != "P" for row in opened)
    assert len(json.loads(run("--open", "--edition", "GB3095-2026", "--json"))) == 1
    limits = json.loads(run("--on", "2031-01-01", "--json"))
    wanted = {"pollutant": "pm25", "averaging": "annual", "class_1": "10", "class_2": "25"}
    assert {"standard": "GB3095-2026-final", **wanted} in limits


def test_command_refuses_in_one_sentence():
    with pytest.raises(ParameterError, match="not known"):
        CliRunner().invoke(command, ["--edition", "GB3095-1996"], catch_exceptions=False)
