"""The page "What GovData sees" of a dataset, series or service, for those who may edit it.

`facts` reads from the description what a harvester will take from it, `findings` says what validation and the
European score would have mended and where, `views` answers.
"""
