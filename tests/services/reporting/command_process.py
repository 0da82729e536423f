"""`cordees projections …`, in a process of its own, on the database and the broker of a test."""

import asyncio
import os
import sys

from chassis.settings import Settings


async def run_command(settings: Settings, *arguments: str) -> tuple[int | None, str]:
    """Its exit code, and what it has printed."""
    program = ("-c", "from deploy.cli.main import app; app()", "projections", *arguments)
    told = {
        f"CORDEES_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_unset=True, exclude={"database_url"}).items()
    }
    told |= {"CORDEES_DATABASE_URL": settings.database_url.get_secret_value()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *program, env=os.environ | told, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()
