"""Files that lie beside a registered model, with their digests in the model version's tags."""

import hashlib
import tempfile
from pathlib import Path

from churnrisk.errors import ModelError
from churnrisk.modeling.registry import Registry
from churnrisk.modeling.store import quietly

#: The folder of a run in which what belongs to a release lies.
FOLDER = "release"


def lay_beside(registry: Registry, version: int, file: Path, tag: str) -> None:
    """Record a file beside a registered version, and its digest in a tag of the version.

    Parameters
    ----------
    tag
        Name of the tag.
    """
    run_id = registry.tags_of(version)["run_id"]
    registry.store.client.log_artifact(run_id, str(file), FOLDER)
    registry.store.client.set_model_version_tag(
        registry.name, str(version), tag, hashlib.sha256(file.read_bytes()).hexdigest()
    )


def read_beside(registry: Registry, version: int, name: str, tag: str) -> bytes | None:
    """Read a file that lies beside a version, checked against its digest; None where the version has none.

    Raises
    ------
    ModelError
        When it cannot be read, or was changed.
    """
    tags = registry.tags_of(version)
    if tag not in tags:
        return None
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with quietly():
                path = registry.store.client.download_artifacts(tags["run_id"], f"{FOLDER}/{name}", scratch)
            content = Path(path).read_bytes()
        except Exception as fault:  # MLflow raises what its store raises
            raise ModelError(
                f"{name} of version {version} cannot be read from the store: {fault}. "
                "Bring the store back to where it was, or train again."
            ) from fault
    found = hashlib.sha256(content).hexdigest()
    if found != tags[tag]:
        raise ModelError(
            f"{name} of version {version} was changed: its SHA-256 should be {tags[tag]} and is {found}. "
            "Put the recorded file back, or train again."
        )
    return content
