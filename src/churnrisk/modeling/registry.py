"""Released models: registered as plain data with their script, promoted by name, and checked byte for byte."""

import hashlib
import json
import tempfile
import types
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from churnrisk.errors import ModelError
from churnrisk.modeling.mlflow_form import plain_example, save_as_mlflow
from churnrisk.modeling.reigns import How, Reign, champion_tags, ended_tags, history
from churnrisk.modeling.store import Store, load_mlflow, open_store
from churnrisk.settings import PipelineSettings

if TYPE_CHECKING:
    from churnrisk.modeling.tracking import Run

CHAMPION, CHALLENGER = "champion", "challenger"
MODEL_FILE, SCRIPT_FILE = "model.json", "churn_model.py"


@dataclass(frozen=True)
class Registered:
    """One registered version, its bytes read once and checked against the registry.

    Parameters
    ----------
    model, script
        The very bytes that were checked; `open` uses these and no others of the script.
    tags
        Who promoted it, when and why, and what it replaced.
    """

    version: int
    run_id: str
    model_path: Path
    script_path: Path
    model_sha256: str
    script_sha256: str
    model: bytes = field(repr=False)
    script: bytes = field(repr=False)
    tags: Mapping[str, str] = field(repr=False)

    def open(self) -> Any:
        """Run the checked script and let its ``load(path, sha256)`` open the model, which checks its bytes again."""
        module = types.ModuleType(f"released_version_{self.version}")
        module.__file__ = str(self.script_path)
        exec(compile(self.script, str(self.script_path), "exec"), module.__dict__)
        return module.load(self.model_path, self.model_sha256)


class Registry:
    """The registered versions of one pipeline's model.

    Parameters
    ----------
    settings
        The pipeline, whose name is the model's name.
    store
        An open store, where there is one already.
    """

    def __init__(self, settings: PipelineSettings, store: Store | None = None) -> None:
        self.name = settings.name
        self.store = store or open_store(settings)

    def register_release(
        self,
        run: "Run",
        folder: Path,
        script: Path,
        input_example: pd.DataFrame,
        signature: Any = None,
        *,
        tags: Mapping[str, str] | None = None,
    ) -> int:
        """Record model.json and its script as an MLflow model, register it, and make it the challenger.

        Parameters
        ----------
        folder
            Holds ``model.json``; further files are recorded beside the run, and never loaded.
        script
            Reads ``model.json`` without this package; MLflow runs it to serve the model.
        input_example
            A few rows of features, without anything that names a customer.
        signature
            MLflow's; by default made from the example.

        Returns
        -------
        The new version's number.
        """
        if "customer_id" in input_example:
            raise ModelError("The input example holds customer_id, which names a person. Give features only.")
        model, client = folder / MODEL_FILE, self.store.client
        digests = {"model_sha256": _digest(model.read_bytes()), "script_sha256": _digest(script.read_bytes())}
        for beside in sorted(folder.iterdir()):
            if beside.is_file() and beside.name != MODEL_FILE:
                run.log_file(beside, "release")
        logged = client.create_logged_model(self.store.experiment_id, name=self.name, source_run_id=run.id)
        with tempfile.TemporaryDirectory() as scratch:
            save_as_mlflow(
                Path(scratch) / "model", model, script, plain_example(input_example), signature, run.id, logged
            )
            digests["files_sha256"] = _digests(Path(scratch) / "model")
            client.log_model_artifacts(logged.model_id, str(Path(scratch) / "model"))
        digests["beside_sha256"] = _digests(folder)
        client.finalize_logged_model(logged.model_id, "READY")
        return self._register(run, logged, {**digests, "training_run": run.id, **(tags or {})})

    def promote(
        self, version: int, *, who: str, why: str, when: datetime, how: How = "gate", against_gate: str = ""
    ) -> None:
        """Make a version the champion, and write down who did it, why, when, and what it replaced.

        Parameters
        ----------
        how
            By the gate, by hand, or by going back.
        against_gate
            What the gate had said, where it had refused.
        """
        with self.store.lock():
            aliases = self._aliases()
            before = aliases.get(CHAMPION)
            if before == version:
                return
            tags = self.versions()
            _known(self.name, version, tags)
            past = history(tags)
            number, moment = max((one.number for one in past), default=0) + 1, when.isoformat(timespec="seconds")
            reign = Reign(version, number, moment, who, why, before, how=how, against_gate=against_gate)
            mine = [one for one in past if one.version == version]
            self._tag(version, champion_tags([*mine, reign]))
            self.store.client.set_registered_model_alias(self.name, CHAMPION, str(version))
            if before is not None:
                theirs = [one for one in past if one.version == before]
                self._tag(before, ended_tags(theirs, moment, by=version))
            if aliases.get(CHALLENGER) == version:
                self.store.client.delete_registered_model_alias(self.name, CHALLENGER)
            if how != "gate":
                self.store.client.set_tag(tags[version]["run_id"], "promoted_by_hand", reign.sentence)

    def let_wait(self, version: int, *, who: str, why: str, when: datetime) -> None:
        """Make a version the challenger, and write down who did it, why and when.

        Raises
        ------
        ModelError
            When it is the champion.
        """
        with self.store.lock():
            _known(self.name, version, self.versions())
            if self._aliases().get(CHAMPION) == version:
                raise ModelError(f"Version {version} is the champion; a challenger is another one. Name another.")
            moment = when.isoformat(timespec="seconds")
            self._tag(version, {"challenger_from": moment, "challenger_by": who, "challenger_why": why})
            self.store.client.set_registered_model_alias(self.name, CHALLENGER, str(version))

    def versions(self) -> dict[int, dict[str, str]]:
        """Give the tags of every version, the oldest first; ``run_id`` and ``alias`` stand among them."""
        found = self.store.client.search_model_versions(f"name = '{self.name}'")
        alias = {number: name for name, number in self._aliases().items()}
        told = {int(one.version): {**one.tags, "run_id": one.run_id} for one in found}
        return {number: {**told[number], "alias": alias.get(number, "")} for number in sorted(told)}

    def tags_of(self, version: int) -> dict[str, str]:
        """Give the tags of one version.

        Raises
        ------
        ModelError
            When there is no such version.
        """
        tags = self.versions()
        _known(self.name, version, tags)
        return tags[version]

    def reigns(self) -> list[Reign]:
        """Give every reign of every version, in order."""
        return history(self.versions())

    def note(self, version: int, tags: Mapping[str, str]) -> None:
        """Write further facts of a version into its tags."""
        self._tag(version, tags)

    def _tag(self, version: int, tags: Mapping[str, str | None]) -> None:
        """Write tags of a version; those that are None are taken away."""
        for key, value in tags.items():
            if value is None:
                self.store.client.delete_model_version_tag(self.name, str(version), key)
            else:
                self.store.client.set_model_version_tag(self.name, str(version), key, value)

    def champion(self) -> Registered | None:
        """Give the model in use, checked; None while there is none."""
        return self._release(CHAMPION)

    def challenger(self) -> Registered | None:
        """Give the model that waits, checked; None while there is none."""
        return self._release(CHALLENGER)

    def _register(self, run: "Run", logged: Any, tags: Mapping[str, str]) -> int:
        from mlflow.entities import LoggedModelOutput

        client = self.store.client
        client.log_outputs(run.id, [LoggedModelOutput(logged.model_id, step=0)])
        with self.store.lock():
            if not client.search_registered_models(f"name = '{self.name}'"):
                client.create_registered_model(self.name)
            source = f"models:/{logged.model_id}" if self.store.is_remote else logged.artifact_location
            made = client.create_model_version(self.name, source, run.id, tags=dict(tags), model_id=logged.model_id)
            client.set_registered_model_alias(self.name, CHALLENGER, made.version)
        return int(made.version)

    def _aliases(self) -> dict[str, int]:
        found = self.store.client.search_registered_models(f"name = '{self.name}'")
        return {alias: int(version) for alias, version in found[0].aliases.items()} if found else {}

    def _release(self, alias: str) -> Registered | None:
        number = self._aliases().get(alias)
        return None if number is None else self._opened(number)

    def release(self, version: int) -> Registered:
        """Give one version, checked.

        Raises
        ------
        ModelError
            When there is no such version, or its files were changed.
        """
        _known(self.name, version, self.versions())
        return self._opened(version)

    def _opened(self, number: int) -> Registered:
        version = self.store.client.get_model_version(self.name, str(number))
        folder = self._local(version)
        for name, sha256 in json.loads(version.tags.get("files_sha256", "{}")).items():
            _checked(folder / name, sha256, number)
        script = folder / SCRIPT_FILE
        script = script if script.is_file() else next(iter(sorted(folder.glob("*.py"))), script)
        model = folder / "artifacts" / MODEL_FILE
        return Registered(
            version=number,
            run_id=version.run_id,
            model_path=model,
            script_path=script,
            model_sha256=version.tags["model_sha256"],
            script_sha256=version.tags["script_sha256"],
            model=_checked(model, version.tags["model_sha256"], number),
            script=_checked(script, version.tags["script_sha256"], number),
            tags=dict(version.tags),
        )

    def _local(self, version: Any) -> Path:
        """Give the folder of a version: in place where it lies on this machine, else fetched once."""
        from urllib.parse import unquote, urlparse

        address = self.store.client.get_model_version_download_uri(self.name, version.version)
        parsed = urlparse(address)
        if parsed.scheme in ("", "file"):
            return Path(unquote(parsed.path))
        mlflow = load_mlflow()
        target = self.store.folder / "fetched" / f"{self.name}-{version.version}-{version.tags['model_sha256'][:12]}"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                got = mlflow.artifacts.download_artifacts(
                    artifact_uri=address, dst_path=scratch, tracking_uri=self.store.address
                )
                with suppress(OSError):  # another process brought it first
                    Path(got).rename(target)
        return target


def _known(name: str, version: int, known: Mapping[int, Any]) -> None:
    if version not in known:
        raise ModelError(f"There is no version {version} of {name!r}. Known: {sorted(known) or 'none'}.")


def _checked(path: Path, sha256: str, version: int) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ModelError(
            f"{path.name} of version {version} cannot be read at {path}: {fault.strerror}. "
            "Bring the store back to where it was, or train again."
        ) from fault
    if _digest(content) != sha256:
        raise ModelError(
            f"{path.name} of version {version} was changed: "
            f"its SHA-256 should be {sha256} and is {_digest(content)}. "
            "Put the registered file back, or train again."
        )
    return content


def _digests(folder: Path) -> str:
    """Give the SHA-256 of every file of a folder, by its name, as JSON."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return json.dumps({path.relative_to(folder).as_posix(): _digest(path.read_bytes()) for path in files})


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
