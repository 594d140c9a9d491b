"""What system tests need: a stack of real processes, an HTTP client, a stream reader, a webhook receiver."""
