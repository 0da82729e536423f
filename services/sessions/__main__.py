"""`python -m services.sessions serve | migrate`."""

from chassis.service import main
from services.sessions.app import SERVICE

main(SERVICE)
