"""MLflow's pages: asked for with options that MLflow knows, on the loopback address."""

from types import SimpleNamespace

from click import Context

from churnrisk.flows import ui
from churnrisk.modeling.store import quietly
from churnrisk.settings import PipelineSettings


def test_the_pages_open_on_the_pipelines_store_for_this_machine_only(monkeypatch):
    with quietly():
        from mlflow.cli import cli

    asked = {}

    def call(command, env):
        asked.update(command=command, env=env)
        return 0

    monkeypatch.setattr(ui, "open_store", lambda settings: SimpleNamespace(address="sqlite:///store.db"))
    monkeypatch.setattr(ui.subprocess, "call", call)
    assert ui.run(PipelineSettings(name="sample"), 5050) == 0
    words = asked["command"][4:]
    told = dict(zip(words[::2], words[1::2], strict=True))
    assert told == {"--host": "127.0.0.1", "--port": "5050", "--backend-store-uri": "sqlite:///store.db"}
    known = {name for option in cli.get_command(Context(cli), "ui").params for name in option.opts}
    assert set(told) <= known
    assert asked["env"]["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_stopping_the_pages_is_no_fault(monkeypatch):
    def call(command, env):
        raise KeyboardInterrupt

    monkeypatch.setattr(ui, "open_store", lambda settings: SimpleNamespace(address="sqlite:///store.db"))
    monkeypatch.setattr(ui.subprocess, "call", call)
    assert ui.run(PipelineSettings(name="sample"), 5050) == 0
