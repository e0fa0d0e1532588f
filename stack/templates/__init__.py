"""Templates of every configuration file that the stack writes."""
