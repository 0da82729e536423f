"""`python -m services.reporting serve | migrate`."""

from chassis.service import main
from services.reporting.app import SERVICE

main(SERVICE)
