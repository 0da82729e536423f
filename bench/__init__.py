"""Speed: what it takes to measure the platform, and what it is measured against. No service needs anything here."""
