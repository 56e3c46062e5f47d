import json
import shutil
from types import SimpleNamespace

import pytest

from churnrisk.errors import ModelError
from churnrisk.modeling.beside import lay_beside, read_beside
from churnrisk.monitoring.profile import FILE, TAG, profile_of, read_profile
from tests.monitoring.night import CUTOFFS, made_profile


class Client:
    """A store that keeps a run's files in a folder, and the tags of one version."""

    def __init__(self, folder):
        self.folder, self.tags = folder, {"run_id": "run-1"}

    def log_artifact(self, run_id, file, folder):
        (self.folder / folder).mkdir(exist_ok=True)
        shutil.copy(file, self.folder / folder)

    def set_model_version_tag(self, name, version, key, value):
        self.tags[key] = value

    def download_artifacts(self, run_id, path, target):
        return shutil.copy(self.folder / path, target)


@pytest.fixture
def registry(tmp_path):
    client = Client(tmp_path)
    return SimpleNamespace(name="made", store=SimpleNamespace(client=client), tags_of=lambda version: client.tags)


def laid(registry, folder):
    profile = made_profile(300)
    lay_beside(registry, 1, profile.write(folder), TAG)
    return profile


def test_a_profile_that_lies_beside_a_model_is_read_back(registry, tmp_path):
    assert profile_of(registry, 1) is None
    profile = laid(registry, tmp_path)
    assert profile_of(registry, 1) == profile


def test_a_profile_that_was_changed_is_refused(registry, tmp_path):
    laid(registry, tmp_path)
    path = tmp_path / "release" / FILE
    path.write_bytes(path.read_bytes().replace(b"logins", b"logouts"))
    with pytest.raises(ModelError, match="of version 1 was changed"):
        profile_of(registry, 1)


def test_a_profile_that_is_gone_is_told(registry, tmp_path):
    laid(registry, tmp_path)
    (tmp_path / "release" / FILE).unlink()
    with pytest.raises(ModelError, match="cannot be read from the store"):
        read_beside(registry, 1, FILE, TAG)


def test_a_profile_describes_inputs_and_what_the_model_says():
    profile = made_profile(300)
    assert [one.name for one in profile.columns] == ["logins", "score", "plan", "churn_probability", "segment"]
    assert profile.cutoffs == tuple(map(str, CUTOFFS))
    assert profile.fitted_to == str(CUTOFFS[3])
    logins, *_, segment = profile.columns
    assert sum(logins.counts) == 300 * len(CUTOFFS)
    assert sum(segment.counts) == 300 * 2, "what the model says is described where it did not learn"
    assert logins.comparisons > segment.comparisons > 0


def test_a_profile_names_no_customer():
    assert b"c000001" not in made_profile(300).content


def test_a_profile_of_another_form_is_refused():
    plain = json.loads(made_profile(300).content)
    with pytest.raises(ModelError, match="Train again"):
        read_profile(json.dumps(plain | {"format": 99}).encode())
