"""Rolls by record: of each programme and term, who took part how often, so that figures need not read every roll."""
