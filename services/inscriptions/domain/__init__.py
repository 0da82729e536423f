"""The rules of inscriptions, one module for each family. Pure: no clock, no database, no Kafka."""
