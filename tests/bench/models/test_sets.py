"""The sets: folds as promised, pipelines' own cutoffs, one form of features, and what a file keeps."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churnrisk.bench.models.sets import ModelSet, in_folds, snapshots_of, telco
from churnrisk.errors import ModelError
from tests.flows.company import NOW, Company, write_company

TELCO = """customerID,gender,SeniorCitizen,tenure,TotalCharges,Churn
k1,Male,0,0, ,No
k2,Female,1,5,99.5,Yes
""" + "".join(f"x{row},Male,0,{row},{row * 10},{'Yes' if row % 3 else 'No'}\n" for row in range(1, 31))


@pytest.fixture
def flat() -> ModelSet:
    frame = pd.DataFrame({"n": np.arange(50.0), "t": ["a", None] * 25})
    return in_folds("flat", frame, np.arange(50) % 2, np.array([f"k{row}" for row in range(50)]))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return write_company(tmp_path_factory.mktemp("small"))


def test_every_row_is_judged_once_and_fits_elsewhere(flat):
    judged = np.concatenate([part.judged for part in flat.parts()])
    assert sorted(judged) == list(range(50))
    assert all(len(part.fit) == 40 and not set(part.fit) & set(part.judged) for part in flat.parts())
    assert all(not len(part.calibrate) for part in flat.parts())


def test_folds_are_the_public_ones(flat):
    from sklearn.model_selection import StratifiedKFold

    public = StratifiedKFold(5, shuffle=True, random_state=1).split(flat.frame, flat.churned)
    assert all((one.judged == other).all() for one, (_, other) in zip(flat.parts(), public, strict=True))


def test_telco_drops_ids_and_reads_blank_charges_as_gaps(tmp_path: Path):
    file = tmp_path / "telco.csv"
    file.write_text(TELCO, encoding="utf-8")
    rows = telco(file)
    assert list(rows.frame) == ["gender", "SeniorCitizen", "tenure", "TotalCharges"]
    assert rows.texts == ["gender"]
    assert np.isnan(rows.frame.TotalCharges[0])
    assert rows.churned[:2].tolist() == [0, 1]
    assert len(telco(file, customers=20).frame) == 20


def test_a_saved_set_comes_back_as_it_was(flat, tmp_path):
    again = ModelSet.load(flat.save(tmp_path))
    pd.testing.assert_frame_equal(again.frame, flat.frame)
    assert (again.uses == flat.uses).all()
    assert (again.churned == flat.churned).all()
    assert again.fingerprint() == flat.fingerprint()
    assert again.frame.t[1] is None


@pytest.mark.parametrize("what", ["a label", "a use", "the order"])
def test_a_fingerprint_tells_sets_apart(flat, what):
    churned, uses, frame = flat.churned.copy(), flat.uses.copy(), flat.frame
    if what == "a label":
        churned[0] = 1
    elif what == "a use":
        uses[0, 0] = 0
    else:
        frame = frame.iloc[::-1].reset_index(drop=True)
    assert ModelSet("flat", frame, churned, flat.customers, uses).fingerprint() != flat.fingerprint()


def test_a_pipelines_snapshots_are_judged_after_what_fits(small):
    file = small.pipeline().file
    rows = snapshots_of(file, "small", NOW.date())
    (part,) = rows.parts()
    assert min(map(len, (part.fit, part.judged))) > 50
    assert rows.how.startswith("out of time: ")
    assert not {"customer_id", "cutoff", "churned"} & set(rows.frame)
    fewer = snapshots_of(file, "small", NOW.date(), customers=60)
    assert set(fewer.customers) < set(rows.customers)
    assert len(set(fewer.customers)) == 60


def test_a_pipeline_with_too_little_history_says_so(small):
    short = small.pipeline("short", models="[cutoffs]\nmin_history_days = 4000")
    with pytest.raises(ModelError, match="Too little to compare models on"):
        snapshots_of(short.file, "short", date(2026, 1, 1))
