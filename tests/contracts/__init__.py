"""The contracts: schemas, gate, examples, envelope."""
