"""A small sample company, trained once a session and shared by the tests of flows."""

from pathlib import Path

from churnrisk.settings import PipelineSettings, load_settings

ROOT = Path(__file__).parent.parent


def small_pipeline(folder: Path, *, customers: int = 3000, signal: float = 1.0, bootstrap: int = 200) -> Path:
    """Write the sample's TOML into a folder of its own, smaller, with everything beside it."""
    text = (ROOT / "pipelines" / "sample.toml").read_text(encoding="utf-8")
    place = folder / "pipelines"
    place.mkdir(parents=True)
    lines = [line for line in text.splitlines() if not line.startswith(("customers =", "signal =", "bootstrap ="))]
    told = "\n".join(lines)
    told = told.replace("[sample]", f"[sample]\ncustomers = {customers}\nsignal = {signal}")
    told += f"\n[models]\nbootstrap = {bootstrap}\n" if "[models]" not in told else ""
    file = place / "sample.toml"
    file.write_text(told, encoding="utf-8")
    return file


def settings_of(file: Path) -> PipelineSettings:
    """Read the small pipeline's settings."""
    return load_settings(file)
