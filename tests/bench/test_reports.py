"""What the measurements make of their numbers. No platform here."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.backlog.sampling import Sample, plot, sample, write_curve
from bench.backlog.working import LIMIT_BYTES, EndedAtOnce, Worked, is_good, is_through, sizes_of, summary, worked_off
from bench.cost.growing import Grown
from bench.cost.report import lines, report
from bench.measuring.truth import differences
from bench.measuring.weights import Cpu, peak_memory
from deploy.local.processes import Child
from deploy.reporting.french import rounded

TRUTH = {"national": {"I14": 5, "I08": 2}, "programmes": {"cordee-1": {"I14": 5, "I08": 2}}}
NAMES = {"I14"}
SAMPLES = [Sample(float(second), second * 1_000_000, second * 900_000, second * 10) for second in range(100)]
START = Grown(20, 10, 1.0, 1, 2.0, Cpu(1.0, 0.5, 0.0), 10, 5_000, 900, (), ())
GROWN = Grown(100, 1_000, 1.0, 1, 2.0, Cpu(0.3, 0.2, 0.1), 10, 5_000, 900, (), ())


def test_what_is_not_said_of_a_programme_is_nothing() -> None:
    assert differences({"": {"I14": 5}, "cordee-1": {"I14": 5}}, TRUTH, NAMES) == []
    assert differences({"": {"I14": 5}}, TRUTH, NAMES) == ["cordee-1 I14: 0, not 5"]
    assert differences({"": {"I14": 5}, "cordee-1": {"I14": 5}, "cordee-2": {"I14": 1}}, TRUTH, NAMES) == [
        "cordee-2: not in the year"
    ]


def test_numbers_are_whole_and_in_groups_of_three() -> None:
    assert [rounded(one) for one in (0, 999.6, 4_011.6, 1_000_000)] == [
        "0",
        "1\u202f000",
        "4\u202f012",
        "1\u202f000\u202f000",
    ]


def test_a_figure_that_is_missing_is_not_right() -> None:
    nothing = {"national": {"I14": 0}, "programmes": {}}

    assert differences({}, nothing, NAMES) == ["national I14: nothing, not 0"]
    assert differences({"": {"I14": 5}, "cordee-1": {"I14": 5, "I08": 2}}, TRUTH, {"I14", "I08"}) == [
        "national I08: nothing, not 2"
    ]


def test_a_curve_is_a_line_a_second_and_its_plot_keeps_the_peak(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "curve.csv"
    peaked = [*SAMPLES[:50], replace(SAMPLES[50], rss=450_000_000), *SAMPLES[51:]]

    write_curve(file, peaked)
    shown = plot(peaked, LIMIT_BYTES)

    assert len(file.read_text().splitlines()) == 101
    assert len(shown) == 21
    assert next(line for line in shown if "|#" in line).split()[2] == "450"


@pytest.mark.parametrize(("rss", "within"), [(399_000_000, True), (401_000_000, False)])
def test_the_limit_is_held_against_the_peak(rss: int, within: bool) -> None:  # noqa: FBT001 - a case
    said = summary(Worked([replace(SAMPLES[3], rss=rss), SAMPLES[4]], 1_000, None), 1.0)

    assert (said["within_limit"], said["through"], said["peak_rss_bytes"]) == (within, False, rss)


def test_a_backlog_is_good_when_it_is_through_and_its_figures_are_right() -> None:
    through, stopped = Worked(SAMPLES, 990, None), Worked(SAMPLES, 1_000, None)

    assert is_good(summary(through, 1.0, []))
    assert not is_good(summary(through, 1.0, ["national I14: 1, not 2"]))
    assert not is_good(summary(stopped, 1.0))
    assert summary(stopped, 1.0)["exact"] is None


@pytest.mark.parametrize(("ended", "through"), [(None, False), (1, False), (-9, False), (0, True)])
def test_a_rebuild_that_has_read_everything_is_through_once_it_has_ended_well(
    ended: int | None,
    through: bool,  # noqa: FBT001 - a case
) -> None:
    worked = Worked(SAMPLES, 990, ended, by_itself=True)

    assert (is_through(worked), summary(worked, 1.0)["through"]) == (through, through)


async def test_a_process_that_ends_before_the_first_sample_is_one_line_with_its_last_word(tmp_path: Path) -> None:
    program = "import sys; print('before'); print('Plus de place.'); sys.exit(3)"
    child = Child("rebuild", [sys.executable, "-c", program], log=tmp_path / "rebuild.log")
    await child.wait(20)

    async def passed() -> int:
        return 0

    alive = child.returncode is None
    samples = await sample(os.getpid(), passed, until=None, alive=lambda: alive, limit=1, say=lambda _: None)
    with pytest.raises(EndedAtOnce) as ended:
        worked_off(child, samples, 10, by_itself=True)

    assert str(ended.value) == "rebuild s'est arrêté aussitôt, code 3 : Plus de place."


def test_a_backlog_of_so_many_records_is_mostly_sessions() -> None:
    sizes = sizes_of(5_000_000, 4, 200_000, 1)

    assert 3_000_000 < sizes.sessions < 5_000_000


def test_the_cost_is_flat_when_one_more_record_costs_the_same() -> None:
    hundred, ten = (replace(GROWN, sessions=n, records=10 * n + 10) for n in (100, 1_000))
    small = replace(hundred, cpu=Cpu(1.3, 0.7, 0.1))

    same = report(START, [small, replace(ten, cpu=Cpu(4.0, 2.5, 2.0))])
    dearer = report(START, [small, replace(ten, cpu=Cpu(4.0, 2.5, 2.6))])

    assert (same["flat"], dearer["flat"]) == (True, False)
    assert (same["dearest_to_cheapest"], dearer["dearest_to_cheapest"]) == (pytest.approx(1.17), pytest.approx(1.27))
    assert same["dearest_to_cheapest_with_start"] == pytest.approx(2.1 / 1_010 * 10_010 / 8.5, abs=0.01)
    assert same["sizes_measured"][0]["cpu_microseconds_of_one_more"] == {
        "client": 300,
        "postgres": 200,
        "broker": 100,
        "total": 600,
    }
    assert any("PAS à 25 %" in line for line in lines(dearer))


@pytest.mark.parametrize("cpu", [Cpu(0.3, 0.2, 0.1), Cpu(1.3, 0.7, 0.1)])
def test_one_size_alone_or_sizes_without_a_cost_say_nothing_of_flatness(cpu: Cpu) -> None:
    one = replace(GROWN, cpu=cpu)
    said = report(START, [one] if cpu.total > START.cpu.total else [one, replace(one, sessions=200)])

    assert (said["flat"], said["dearest_to_cheapest"]) == (None, None)
    assert "Une seule taille, ou trop petites : rien à comparer." in lines(said)


def test_a_start_that_is_wrong_is_not_exact() -> None:
    assert report(START, [GROWN])["exact"]

    said = report(replace(START, wrong=["national I14: 1, not 2"]), [GROWN])

    assert not said["exact"]
    assert "FAUX, au début : national I14: 1, not 2" in lines(said)


def test_two_clients_of_one_server_count_it_once() -> None:
    assert Cpu(1.0, 5.0, 2.0) + Cpu(2.0, 5.5, 1.0) == Cpu(3.0, 5.5, 2.0)


def test_the_memory_of_a_process_is_not_that_of_whoever_started_it() -> None:
    ours = b"x" * 200_000_000
    program = "from bench.measuring.weights import peak_memory; print(peak_memory())"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert 1_000_000 < int(said.stdout) < len(ours) <= peak_memory()
