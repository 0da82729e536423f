"""The reporting service: pure rules, real PostgreSQL, and the engine on real Kafka."""
