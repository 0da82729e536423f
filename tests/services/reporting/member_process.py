"""A member in a process that says what it projects: `python -m …member_process <bootstrap> <url> <suffix>`."""

import asyncio
import sys

from sqlalchemy.ext.asyncio import create_async_engine

from tests.services.reporting.members import Member
from tests.services.reporting.streams import named


def _tell(partition: int) -> None:
    sys.stderr.write(f"projected {partition}\n")


async def main(bootstrap: str, url: str, suffix: str) -> None:
    """Sessions alone, until it is killed."""
    topic, project = named(suffix)[2]
    await Member(create_async_engine(url), bootstrap, topic, project, tell=_tell).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
