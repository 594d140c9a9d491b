"""What scripts/bench is made of; docs/benchmarks.md explains each of its rows."""
