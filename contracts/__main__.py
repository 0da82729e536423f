"""`python -m contracts check` and `python -m contracts generate`: the committed schemas against the models."""

import argparse
import sys

from contracts.committed import Incompatible, check, generate


def main(arguments: list[str] | None = None) -> int:
    """0 when all is well; 1 with one line per fault."""
    parser = argparse.ArgumentParser(prog="python -m contracts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("check", help="fail when a schema is not current or breaks an earlier version")
    writing = commands.add_parser("generate", help="write a new version of each schema whose model changed")
    writing.add_argument(
        "--replace-unreleased", action="store_true", help="overwrite version 1 of what nobody outside has seen yet"
    )
    asked = parser.parse_args(arguments)
    return _check() if asked.command == "check" else _generate(replace_unreleased=asked.replace_unreleased)


def _check() -> int:
    faults = check()
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _generate(*, replace_unreleased: bool) -> int:
    try:
        written = generate(replace_unreleased=replace_unreleased)
    except Incompatible as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path.parent.name}/{path.name}\n" for path in written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
