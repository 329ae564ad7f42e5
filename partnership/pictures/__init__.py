"""The pictures’ geometry, worked out from records; templates/pictures/ and the stylesheet draw them.

A picture gets the same records as the text beside it and never counts for itself.
"""
