"""The embedded platform: real PostgreSQL and real Kafka as child processes, for one machine and for the tests."""
