"""The licence register and the rules that go with each licence."""
