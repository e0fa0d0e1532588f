"""`python -m herne_stack` is `herne-stack`."""

from herne_stack.cli import main

if __name__ == "__main__":
    main()
