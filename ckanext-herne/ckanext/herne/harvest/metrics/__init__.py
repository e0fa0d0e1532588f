"""What watches the portal reads: /metrics for Prometheus, /health for whatever restarts or rings a bell.

`readings` are the numbers, `checks` whether each server answers, `views` the addresses and who may ask.
"""
