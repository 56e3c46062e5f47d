"""A released model in the form that MLflow keeps and serves: its folder, its schema, its example."""

import hashlib
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
            python_model=str(script),
            artifacts={"model": str(model)},
            model_config={"sha256": hashlib.sha256(model.read_bytes()).hexdigest()},
            signature=signature or _signature(example),
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


def _signature(example: pd.DataFrame) -> Any:
    """Say each column's type; all are optional, because a signal may have no value."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    kinds = {
        name: "double" if pd.api.types.is_numeric_dtype(column) else "string" for name, column in example.items()
    }
    return ModelSignature(inputs=Schema([ColSpec(kind, str(name), required=False) for name, kind in kinds.items()]))


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
