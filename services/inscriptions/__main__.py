"""`python -m services.inscriptions serve|migrate`."""

from chassis.service import main
from services.inscriptions.app import SERVICE

main(SERVICE)
