"""herne-stack: the real servers of the portal on one machine, without Docker."""
