"""Wishes as a client sends them: one session of the cordée, planned, held and cancelled."""

from typing import Any

import httpx2

from tests.services.sessions.conftest import Desk
from tests.services.sessions.told import OURS, TUTORAT

Headers = dict[str, str]

THEIRS = "0190a1b2-0000-7000-8000-000000000002"
DETAILS = {"programme": "ales", "activity": "tutorat", "starts_at": "2019-01-15T14:00:00+01:00", "minutes": 60}
LINES = {"presences": [{"record": "eleve-1", "status": "present"}], "acting": [{"record": "e-7", "role": "tuteur"}]}
ROLL = {"source": TUTORAT, **LINES}


async def plan(desk: Desk, headers: Headers, session: str = OURS, **changes: Any) -> httpx2.Response:
    return await desk.http.put(f"/sessions/{session}", json=DETAILS | changes, headers=headers)


async def hold(desk: Desk, headers: Headers, session: str = OURS, **changes: Any) -> httpx2.Response:
    return await desk.http.put(f"/sessions/{session}/roll", json=ROLL | changes, headers=headers)


async def cancel(desk: Desk, headers: Headers, session: str = OURS, **body: Any) -> httpx2.Response:
    return await desk.http.put(f"/sessions/{session}/cancellation", json=body, headers=headers)
