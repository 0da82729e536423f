"""What docker-compose.yml needs beside itself: secrets, databases, and tokens to try it with."""
