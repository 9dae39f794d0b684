"""What the tests may pretend: a model behind the network, and nothing of our own."""
