"""How the commands end when something is known to fail, and what they refuse before anything long begins."""

from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from typer.testing import CliRunner

from bench.backlog.working import EndedAtOnce
from bench.year.sending import NotDelivered
from deploy.cli.bench import measuring
from deploy.cli.main import app
from deploy.local.lifetime import FAILED
from deploy.topics import TopicsRefused
from services.reporting.engine.versions import Refused


@pytest.mark.parametrize(
    "fault",
    [
        BrokenProcessPool("abruptly"),
        NotDelivered("3 left"),
        KafkaConnectionError("away"),
        TopicsRefused(),
        Refused("two\nlines"),
        EndedAtOnce("rebuild", 3, "two\nlines"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_known_fault_is_one_line_and_code_1(fault: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> int:
        raise fault

    code = await measuring.guarded(work)

    (line,) = capsys.readouterr().err.splitlines()
    assert code == FAILED
    assert line.strip()


@pytest.mark.parametrize(("command", "option"), [("backlog", "--curve"), ("generate", "--truth")])
def test_a_file_that_cannot_be_written_is_bad_usage(command: str, option: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for file in (tmp_path, tmp_path / "file" / "below"):
        result = CliRunner().invoke(app, ["bench", command, option, str(file)])

        assert result.exit_code == 2
        assert option in result.output


def test_looking_whether_a_file_can_be_written_changes_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("said before")

    for file in (there, tmp_path / "new"):
        assert measuring.writable(file, "--curve") == file

    assert [file.name for file in tmp_path.iterdir()] == ["there"]
    assert there.read_text() == "said before"


def test_fewer_sessions_than_programmes_names_the_option_that_helps() -> None:
    result = CliRunner().invoke(app, ["bench", "generate", "--sessions", "10"])

    assert result.exit_code == 2
    assert "--programmes" in result.output
