"""The geometry of pictures, computed from records; templates/pictures/ and the stylesheet draw them.

A picture is given the same records as the text beside it and makes no counts of its own.
"""
