"""MLflow's own pages on a pipeline's store."""

import os
import subprocess
import sys

from churnrisk.modeling.store import open_store
from churnrisk.settings import PipelineSettings


def run(settings: PipelineSettings, port: int) -> int:
    """Serve MLflow's pages on the loopback address until stopped; give its exit code."""
    store = open_store(settings)
    command = [sys.executable, "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", store.address]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    try:
        return subprocess.call(command, env={**os.environ, **quiet})
    except KeyboardInterrupt:
        return 0
