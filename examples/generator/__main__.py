"""`python -m examples.generator --programme FILE --seed N --out DIR`: write what partners' systems would send."""

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from examples.generator.achievements import achievement_facts
from examples.generator.joins import joins
from examples.generator.messages import lines
from examples.generator.people_facts import people_facts
from examples.generator.plan import PlanRefused, load_plan
from examples.generator.registry import registry
from examples.generator.second_act import second_act
from examples.generator.session_facts import session_facts
from examples.generator.strangers import draw_strangers
from examples.generator.world import build_world


def generate(file: Path, out: Path, *, seed: int, programme: str | None = None, scale: float = 1.0) -> dict[str, int]:
    """Write registry.json, messages.ndjson, second_act.ndjson and second_act.json; answer with how many of each."""
    plan = load_plan(file, seed=seed, programme=programme, scale=scale)
    world = build_world(plan)
    strangers = draw_strangers(world)
    facts = people_facts(world) + session_facts(world, strangers) + achievement_facts(world) + strangers.facts
    # Last: rolls give accounts to people, and only then can anybody say whose they are.
    facts += joins(world)
    act = second_act(world, facts)
    entries = registry(tomllib.loads(file.read_text(encoding="utf-8")), file, plan.renamed)
    out.mkdir(parents=True, exist_ok=True)
    (out / "messages.ndjson").write_text(lines(plan, facts), encoding="utf-8")
    (out / "second_act.ndjson").write_text(lines(plan, [act.corrected, act.cancelled]), encoding="utf-8")
    (out / "second_act.json").write_text(_pretty(act.named()), encoding="utf-8")
    (out / "registry.json").write_text(_pretty(entries), encoding="utf-8")
    return {"registry": len(entries), "messages": len(facts), "sessions": len(world.sessions)}


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Exit code 0, or 2 when the programme file cannot be read or asks for too much."""
    parser = argparse.ArgumentParser(prog="python -m examples.generator", description=__doc__)
    parser.add_argument("--programme", type=Path, required=True, help="the programme file (TOML)")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--programme-id", help="another id for the programme, its references and conventions")
    parser.add_argument("--scale", type=float, default=1.0, help="a smaller world: 0.2 for a fifth of the people")
    asked = parser.parse_args()
    try:
        written = generate(asked.programme, asked.out, seed=asked.seed, programme=asked.programme_id, scale=asked.scale)
    except (PlanRefused, OSError, tomllib.TOMLDecodeError, KeyError) as error:
        sys.stderr.write(f"{asked.programme}: {type(error).__name__}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(written) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
