"""Shared machinery that knows no service: settings, transaction, outbox and relay, inbox, errors, observability."""
