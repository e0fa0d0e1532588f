"""What every chart of the portal has in common: `look`, `drawing`, and `sending` it to a browser.

What a chart shows is the matter of the room whose page it stands on.
"""
