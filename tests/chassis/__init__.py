"""The chassis, on a service that the tests make up."""
