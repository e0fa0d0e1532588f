"""The quality pages of the portal and of each organization, for everybody: public packages alone.

`datasets` is the table (filter, order, page), `figures` the numbers in the reader's words, `exports` both as
CSV; `charts` says in Vega-Lite what is drawn. `views` joins them. What the numbers are is
the matter of `reports`.
"""
