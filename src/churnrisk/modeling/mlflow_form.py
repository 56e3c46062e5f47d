"""A released model in the form that MLflow keeps and serves: its folder, its schema, its example."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from churnrisk.modeling.store import quietly


def save_as_mlflow(
    target: Path, model: Path, script: Path, example: pd.DataFrame, signature: Any, run_id: str, logged: Any
) -> None:
    """Write MLflow's folder of a model; nothing is inferred and the example is not run."""
    with quietly():
        import mlflow.pyfunc
        from mlflow.models import Model

        mlflow.pyfunc.save_model(
            str(target),
            **_content(model, script),
            signature=signature or _signature(model, example),
            input_example=example,
            pip_requirements=[
                f"mlflow=={mlflow.__version__}",
                f"numpy=={np.__version__}",
                f"pandas=={pd.__version__}",
            ],
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                model_uuid=logged.model_id,
                run_id=run_id,
                model_id=logged.model_id,
            ),
        )


def write_to_serve(target: Path, model: bytes, script: bytes) -> None:
    """Write MLflow's folder of a model from bytes that were checked, and from nothing else.

    Parameters
    ----------
    target
        The folder to write; what lies beside it is ours, too.
    model, script
        ``model.json`` and its script, as they were registered.
    """
    given = target.with_name(f"{target.name}-checked")
    given.mkdir(parents=True)
    paths = given / "model.json", given / "churn_model.py"
    for path, content in zip(paths, (model, script), strict=True):
        path.write_bytes(content)
    with quietly():
        import mlflow.pyfunc

        mlflow.pyfunc.save_model(
            str(target), **_content(*paths), signature=_signature(paths[0], None), pip_requirements=["mlflow"]
        )


def _content(model: Path, script: Path) -> dict[str, Any]:
    """Name what MLflow copies into its folder, with the digest that the script checks when it is loaded."""
    return {
        "python_model": str(script),
        "artifacts": {"model": str(model)},
        "model_config": {"sha256": hashlib.sha256(model.read_bytes()).hexdigest()},
    }


def _signature(model: Path, example: pd.DataFrame | None) -> Any:
    """Say each column's type, and which must be there; the rest may be empty, because a signal may have no value."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    described = _described(model, example)
    columns: list[Any] = [ColSpec(kind, name, required=needed) for name, kind, needed in described]
    switches = [ParamSpec("reasons", "boolean", True), ParamSpec("strict", "boolean", True)]
    return ModelSignature(inputs=Schema(columns), params=ParamSchema(switches))


def _described(model: Path, example: pd.DataFrame | None) -> list[tuple[str, str, bool]]:
    """Give name, type and whether it is needed of each column, as the model says; else as the example shows."""
    content = json.loads(model.read_bytes())
    if "columns" in content:
        needed = {one["name"] for one in content["columns"] if one["feature"] and one["missing_share"] == 0}
        kinds = {one["name"]: "double" if one["type"] == "number" else "string" for one in content["columns"]}
        return [(name, kind, name in needed) for name, kind in kinds.items()]
    rows = pd.DataFrame() if example is None else example
    return [
        (str(name), "double" if pd.api.types.is_numeric_dtype(column) else "string", False)
        for name, column in rows.items()
    ]


def plain_example(example: pd.DataFrame) -> pd.DataFrame:
    """Give the example as floats and texts, which is all that MLflow's schema can hold with gaps."""
    return pd.DataFrame(
        {
            name: column.to_numpy(dtype=np.float64, na_value=np.nan)
            if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
            else column.astype(object)
            .where(column.notna(), None)
            .map(lambda told: told if told is None else str(told))
            for name, column in example.items()
        }
    )
