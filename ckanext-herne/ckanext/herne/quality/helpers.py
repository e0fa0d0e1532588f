"""What the templates of quality ask."""

__all__: list[str] = []
