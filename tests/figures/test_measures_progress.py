"""The figure of measures by category and state."""

from __future__ import annotations

import pandas as pd
import pytest

from airq.errors import MissingData
from airq.figures.measures_progress import STATES, progress, state_name


def _rows(kinds: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"category": c, "state": s} for k, c in enumerate(kinds) for s in STATES[: 1 + k % 5]]
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_counts_every_measure_once_and_folds_the_rest(lang):
    from airq.inventory import schema

    rows = _rows(list(schema.words("category"))[:20])
    made = progress(rows, lang, "昌吉市" if lang == "zh" else "Changji City", True)
    assert made.frame["measures"].sum() == len(rows)
    assert len(made.figure.axes[0].get_yticklabels()) == 12
    assert made.to_png()[:4] == b"\x89PNG" and not made.missing


def test_labels_do_not_leave_the_figure():
    made = progress(_rows(["industry_fugitive", "kiln", "voc"]), "en", "Changji Prefecture")
    made.to_png()
    box = made.figure.bbox
    for label in made.figure.axes[0].get_yticklabels():
        assert label.get_window_extent().x0 >= box.x0


def test_every_state_has_a_name_and_nothing_is_refused():
    assert len({state_name(s, "zh") for s in STATES}) == len(STATES)
    with pytest.raises(MissingData):
        progress(pd.DataFrame(columns=["category", "state"]))
