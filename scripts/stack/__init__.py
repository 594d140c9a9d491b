"""The private stack that scripts/up starts: its settings, its nginx configuration, and the supervisor of its processes."""
