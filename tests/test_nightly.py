"""What runs a night: the crontab, the container file, and the examples of docs/nightly.md."""

import ast
import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from churnrisk.monitoring.refusals import CODES
from churnrisk.settings import NightlySettings

ROOT = Path(__file__).parent.parent
CRON = (ROOT / "pipelines" / "nightly.cron").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def crontab() -> tuple[dict[str, str], list[str]]:
    """Read the crontab as cron does: names and values, then lines that run."""
    lines = [line for line in CRON.splitlines() if line.strip() and not line.startswith("#")]
    names = [line for line in lines if re.match(r"[A-Z_]+=", line)]
    return dict(line.split("=", 1) for line in names), [line for line in lines if line not in names]


def night(tmp_path: Path, code: int) -> subprocess.CompletedProcess[str]:
    """Run the crontab's line as cron would, with a churnrisk that ends with a code."""
    told, (line,) = crontab()
    command = tmp_path / ".venv" / "bin" / "churnrisk"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$@"\necho "a line of the log" >&2\nexit {code}\n')
    command.chmod(0o755)
    env = {**told, "CHURNRISK_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    words = [told["SHELL"], "-c", line.split(None, 5)[5]]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False, cwd="/")


def test_the_crontab_runs_once_a_night_and_holds_nothing_that_cron_reads_otherwise():
    told, (line,) = crontab()
    assert re.match(r"30 2 \* \* \* cd ", line)
    assert "%" not in line  # a percent sign ends a command in a crontab
    assert {"SHELL", "PATH", "MAILTO"} <= set(told)
    assert not any("$" in value for value in told.values())  # cron does not fill in names
    assert CRON.endswith("\n")  # without it cron leaves the last line out


def test_a_night_that_is_done_mails_nothing(tmp_path):
    done = night(tmp_path, 0)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out" / "nightly.txt").read_text() == "score pipelines/sample.toml --log json\n"
    assert (tmp_path / "out" / "nightly.log").read_text() == "a line of the log\n"


@pytest.mark.parametrize("code", [1, 2, 3, 4])
def test_any_other_night_mails_its_exit_code_and_the_log(tmp_path, code):
    done = night(tmp_path, code)
    assert done.returncode == code
    told = f"churnrisk score pipelines/sample.toml ended with exit code {code}\na line of the log\n"
    assert (done.stdout, done.stderr) == (told, "")


def test_a_night_without_its_folder_is_no_quiet_night(tmp_path):
    told, (line,) = crontab()
    env = {**told, "CHURNRISK_HOME": str(tmp_path / "gone"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [told["SHELL"], "-c", line.split(None, 5)[5]], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "gone" in done.stderr


def test_the_container_copies_only_what_is_there_and_let_in():
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--from)", line)]
    names = {name for names in copied for name in names}
    assert names == let_in
    assert all((ROOT / name).exists() for name in names)


def test_the_container_runs_as_nobody_in_particular_and_starts_churnrisk():
    last = DOCKERFILE.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last, re.M)
    assert last.index("USER 10001") < last.index("ENTRYPOINT")
    assert 'ENTRYPOINT ["churnrisk"]' in last
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)
    removed = re.search(r"uninstall --yes ([\w -]+)", DOCKERFILE)[1].split()
    assert set(removed) <= set(locked)


def test_the_page_names_every_code_and_every_bound():
    assert all(f"| `{code}` |" in PAGE for code in CODES)
    assert all(name in PAGE for name in NightlySettings.model_fields)


def test_the_kubernetes_example_is_a_cron_job_that_never_runs_twice():
    (text,) = blocks("yaml")
    job = yaml.safe_load(text)
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    inner = job["spec"]["jobTemplate"]["spec"]
    pod = inner["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["restartPolicy"] == "Never"  # what podFailurePolicy asks for
    rule = inner["podFailurePolicy"]["rules"][0]["onExitCodes"]
    assert (rule["containerName"], rule["values"]) == (container["name"], [2, 3, 4])
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    assert container["args"][0] == "score"


def test_the_airflow_example_compiles_and_runs_our_commands():
    (text,) = blocks("python")
    strings = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    commands = [one for one in strings if isinstance(one, str) and "/bin/churnrisk " in one]
    assert [one.split("/bin/")[1].split()[1] for one in commands] == ["score", "monitor"]


def test_the_units_name_what_they_run_and_when(tmp_path):
    service, timer = blocks("ini")
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str
    read.read_string(service)
    assert read["Service"]["Type"] == "oneshot"
    assert " score pipelines/sample.toml" in read["Service"]["ExecStart"]
    read.read_string(timer)
    assert read["Timer"]["OnCalendar"] == "*-*-* 02:30:00 UTC"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_the_units_are_what_systemd_understands(tmp_path):
    service, timer = blocks("ini")
    runs = service.replace("/srv/churnrisk/.venv/bin/churnrisk", "/bin/true").replace("User=churnrisk\n", "")
    (tmp_path / "churnrisk.service").write_text(runs)
    (tmp_path / "churnrisk.timer").write_text(timer)
    (tmp_path / "notify-failed@.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    env = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], env=env, capture_output=True, text=True, check=False, timeout=60
    )
    about = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "churnrisk" in line]
    assert about == []
