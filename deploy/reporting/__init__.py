"""What a reporting consumer does: reads figures over HTTP and shows them in French. Knows the API, not the services."""
