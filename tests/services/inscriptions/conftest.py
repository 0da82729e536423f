"""A running inscriptions service, empty or with the registry that the partners' facts name."""

import pytest_asyncio

from tests.conftest import Run, Token
from tests.services.inscriptions.office import Office


@pytest_asyncio.fixture
async def empty_office(run_service: Run, inscriptions_database: str, token: Token) -> Office:
    """Nothing is registered."""
    return Office(await run_service("inscriptions", inscriptions_database), token("operator"))


@pytest_asyncio.fixture
async def office(empty_office: Office) -> Office:
    """IMT Mines Alès, its programme and lycée Bellevue are registered."""
    for path, body in (
        ("/organisations/imt-mines-ales", {"name": "IMT Mines Alès", "nature": "ecole"}),
        ("/programmes/ales", {"name": "Les @ de la Fraternité"}),
        ("/establishments/0300077W", {"name": "Lycée Bellevue (démonstration)", "nature": "lycee_gt"}),
    ):
        answer = await empty_office.put(path, body)
        assert answer.status_code == 201, answer.text
    return empty_office
