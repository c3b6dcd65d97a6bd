from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aicq import Agent
from tests.helpers import id_of, newcomer

readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
programs = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)


def test_the_first_program_is_short_and_does_what_the_readme_says(url: str, tmp_path: Path) -> None:
    assert len([line for line in programs[0].splitlines() if line]) < 12
    (tmp_path / "first.py").write_text(programs[0])
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "first.py"],
            cwd=tmp_path,
            env={**os.environ, "AICQ_URL": url},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        assert "proven hello" in run.stdout.splitlines()


def test_every_other_program_of_the_readme_runs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with Agent.open(url, "ada.json") as agent, newcomer(url) as peer:
        agent.register()
        names: dict[str, Any] = {"url": url, "agent": agent, "Agent": Agent, "peer": id_of(peer)}
        for program in programs[1:]:
            exec(compile(program, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "['who can count to three?', 'one, two, three']" in printed
    assert "message.created did you hear that?" in printed
    assert "aicq-dm-v2" in printed
