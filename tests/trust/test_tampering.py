"""A released model whose files were changed is refused, and no code of it ran."""

import pickle
from pathlib import Path

import pytest

from churnrisk.errors import ModelError
from churnrisk.flows import serve
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.tracking import Tracker
from tests.flows.company import NOW, write_company
from tests.modeling.test_release import RELEASES, to_score

FILES = (
    *("artifacts/model.json", "churn_model.py", "MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"),
    *("input_example.json", "serving_input_example.json"),
)


class Crafted:
    """A pickle that writes a file when it is opened."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


@pytest.fixture
def registry(tmp_path, monkeypatch) -> Registry:
    """A store with one champion."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = write_company(tmp_path, customers=2).pipeline("trusted", name="trusted")
    registry, release, folder = Registry(settings), RELEASES["logistic"], tmp_path / "release"
    release.write(folder)
    (folder / "estimator.joblib").write_bytes(b"joblib")
    with Tracker(settings).training() as run:
        version = registry.register_release(run, folder, folder / "churn_model.py", to_score().head(2))
    registry.promote(version, who="train", why="it may be used", when=NOW)
    return registry


def folder_of(registry: Registry) -> Path:
    return registry.champion().model_path.parent.parent


def crafted(mark: Path) -> bytes:
    """Give a script that writes a file when it is run, in front of the real one."""
    from churnrisk.modeling.released import churn_model

    own = Path(churn_model.__file__).read_bytes()
    return f"from pathlib import Path\nPath({str(mark)!r}).touch()\n".encode() + own


def assert_refused(registry: Registry, mark: Path, file: str) -> None:
    with pytest.raises(ModelError, match=f"{Path(file).name} of version 1 was changed"):
        registry.champion()
    with pytest.raises(ModelError, match="was changed"):
        registry.release(1)
    assert not mark.exists(), "code of a changed model ran"


def test_an_untouched_model_is_opened(registry):
    assert len(registry.champion().open().score(to_score())) == len(to_score())


@pytest.mark.parametrize("file", FILES)
def test_a_changed_byte_in_any_file_is_refused(registry, file, tmp_path):
    path = folder_of(registry) / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert_refused(registry, tmp_path / "mark", file)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_gone_is_refused(registry, file):
    (folder_of(registry) / file).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        registry.champion()


def test_a_crafted_script_is_refused_and_did_not_run(registry, tmp_path):
    (folder_of(registry) / "churn_model.py").write_bytes(crafted(tmp_path / "mark"))
    assert_refused(registry, tmp_path / "mark", "churn_model.py")


def test_a_script_laid_before_the_real_one_is_not_run(registry, tmp_path):
    (folder_of(registry) / "a_first.py").write_bytes(crafted(tmp_path / "mark"))
    registry.champion().open()
    assert not (tmp_path / "mark").exists()


def test_a_recipe_that_names_a_pickle_is_refused_and_nothing_is_unpickled(registry, tmp_path):
    folder = folder_of(registry)
    (folder / "python_model.pkl").write_bytes(pickle.dumps(Crafted(tmp_path / "mark")))
    recipe = (folder / "MLmodel").read_text(encoding="utf-8")
    (folder / "MLmodel").write_text(recipe.replace("churn_model.py", "python_model.pkl"), encoding="utf-8")
    assert_refused(registry, tmp_path / "mark", "MLmodel")


def test_a_crafted_estimator_beside_the_model_is_never_opened(registry, tmp_path):
    (path,) = registry.store.folder.rglob("estimator.joblib")
    path.write_bytes(pickle.dumps(Crafted(tmp_path / "mark")))
    registry.champion().open().score(to_score())
    assert not (tmp_path / "mark").exists()
    assert "estimator.joblib" in registry.champion().tags["beside_sha256"]


def test_a_model_from_before_files_had_digests_is_still_opened(registry):
    registry.store.client.delete_model_version_tag("trusted", "1", "files_sha256")
    (folder_of(registry) / "conda.yaml").write_text("other: true", encoding="utf-8")
    assert registry.champion().open()


def test_what_is_served_comes_from_the_checked_bytes_alone(registry, tmp_path, monkeypatch):
    from churnrisk.modeling.store import load_mlflow, quietly

    started: list[Path] = []

    def end_at_once(command, _environment):
        folder = Path(command[command.index("--model-uri") + 1].removeprefix("file://"))
        assert not list(folder.rglob("*.pkl"))
        (folder_of(registry) / "churn_model.py").write_bytes(crafted(tmp_path / "mark"))  # between check and start
        with quietly():
            served = load_mlflow().pyfunc.load_model(str(folder))
        row = to_score().query("logins == logins and plan == plan").head(1)
        started.append(served.predict(row)["segment"].iloc[0])
        return 0

    monkeypatch.setattr(serve, "_until_stopped", end_at_once)
    settings = type("Told", (), {"name": "trusted", "file": Path("trusted.toml")})
    monkeypatch.setattr(serve, "Registry", lambda _settings: registry)
    assert serve.run(settings, 5001) == 0
    assert started
    assert not (tmp_path / "mark").exists()


def test_the_script_refuses_a_changed_model_by_itself(registry, tmp_path):
    from churnrisk.modeling.store import load_mlflow, quietly

    folder = folder_of(registry)
    path = folder / "artifacts" / "model.json"
    path.write_bytes(path.read_bytes().replace(b'"fit_rows": 900', b'"fit_rows": 901'))
    with quietly(), pytest.raises(Exception, match=r"model\.json was changed"):
        load_mlflow().pyfunc.load_model(str(folder))
